"""requests-oauthlib, unmodified."""

import os

from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError, LegacyApplicationClient
from report import run, versions
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

GATE, CLIENT, SECRET = os.environ["GATE"], os.environ["CLIENT"], os.environ["CLIENT_SECRET"]
USER, PASSWORD = os.environ["USERNAME"], os.environ["PASSWORD"]
TOKEN, ME = f"{GATE}/oauth2/token", f"{GATE}/api/v1/auth/me"
BASIC = HTTPBasicAuth(CLIENT, SECRET)

versions("requests-oauthlib", "oauthlib")


def basic():
    """client credentials, the secret in Authorization"""
    client = OAuth2Session(client=BackendApplicationClient(CLIENT))
    assert client.fetch_token(TOKEN, auth=BASIC)["token_type"] == "Bearer"
    assert client.get(ME).json()["data"]["username"] == f"client:{CLIENT}"


def post():
    """client credentials, the secret in the body"""
    client = OAuth2Session(client=BackendApplicationClient(CLIENT))
    client.fetch_token(TOKEN, client_secret=SECRET, include_client_id=True)
    assert client.get(ME).status_code == 200


def refresh():
    """password grant, then refresh with rotation"""
    client = OAuth2Session(client=LegacyApplicationClient(CLIENT))
    first = client.fetch_token(TOKEN, username=USER, password=PASSWORD, auth=BASIC)
    second = client.refresh_token(TOKEN, auth=BASIC)
    assert second["refresh_token"] != first["refresh_token"], "it was not rotated"
    assert client.get(ME).json()["data"]["username"] == USER


def wrong_password():
    """a wrong password is invalid_grant"""
    client = OAuth2Session(client=LegacyApplicationClient(CLIENT))
    try:
        client.fetch_token(TOKEN, username=USER, password="wrong", auth=BASIC)
    except InvalidGrantError:
        return
    raise AssertionError("it was granted")


def renewal_by_itself():
    """an expired token is renewed by the library itself"""
    kept = []
    client = OAuth2Session(
        client=LegacyApplicationClient(CLIENT),
        auto_refresh_url=TOKEN,
        auto_refresh_kwargs={"client_id": CLIENT, "client_secret": SECRET},
        token_updater=kept.append,
    )
    token = client.fetch_token(TOKEN, username=USER, password=PASSWORD, auth=BASIC)
    client.token = {**token, "expires_in": "-30", "expires_at": 1}
    answer = client.get(ME)
    assert answer.status_code == 200 and len(kept) == 1, (answer.status_code, kept)


run(basic, post, refresh, wrong_password, renewal_by_itself)
