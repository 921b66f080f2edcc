"""What a run prints, for `cargo xtask interop` to read: one line for each thing that was tried."""

import sys
from importlib.metadata import version


def versions(*packages: str) -> None:
    print("with " + ", ".join(f"{package} {version(package)}" for package in packages))


def check(what: str, holds: bool, otherwise: object = "") -> None:
    print(f"ok {what}" if holds else f"FAIL {what}: {otherwise}")


def run(*attempts) -> None:
    """Runs each attempt; its docstring says what is tried, and an exception is a failure of it."""
    for attempt in attempts:
        try:
            attempt()
        except Exception as error:  # whatever a library makes of our answer is the finding
            check(attempt.__doc__, False, repr(error))
        else:
            check(attempt.__doc__, True)
    sys.exit(0)
