//! Conformance suites for the ports, fakes, and a clock that stands still
