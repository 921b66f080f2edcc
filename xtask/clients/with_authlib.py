"""Authlib's OAuth 2.0 client, unmodified."""

import os

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from report import run, versions

GATE, CLIENT, SECRET = os.environ["GATE"], os.environ["CLIENT"], os.environ["CLIENT_SECRET"]
USER, PASSWORD = os.environ["USERNAME"], os.environ["PASSWORD"]
TOKEN, INTROSPECT, REVOKE = (f"{GATE}/oauth2/{end}" for end in ("token", "introspect", "revoke"))
ME = f"{GATE}/api/v1/auth/me"

versions("Authlib", "requests")


def session(method: str = "client_secret_basic", **more) -> OAuth2Session:
    return OAuth2Session(CLIENT, SECRET, token_endpoint_auth_method=method, token_endpoint=TOKEN, **more)


def client_credentials(method: str) -> None:
    client = session(method, scope="qos:view system:view")
    token = client.fetch_token(TOKEN, grant_type="client_credentials")
    assert token["token_type"] == "Bearer" and token["scope"] == "qos:view system:view", token
    assert "refresh_token" not in token, token
    assert client.get(ME).json()["data"]["username"] == f"client:{CLIENT}"


def basic():
    """client credentials, the secret in Authorization"""
    client_credentials("client_secret_basic")


def post():
    """client credentials, the secret in the body"""
    client_credentials("client_secret_post")


def beyond():
    """a scope beyond the client's rights is invalid_scope"""
    try:
        session(scope="config:edit").fetch_token(TOKEN, grant_type="client_credentials")
    except OAuthError as error:
        assert error.error == "invalid_scope", error
    else:
        raise AssertionError("it was granted")


def wrong_secret():
    """a wrong secret is invalid_client"""
    try:
        OAuth2Session(CLIENT, "wrong").fetch_token(TOKEN, grant_type="client_credentials")
    except OAuthError as error:
        assert error.error == "invalid_client", error
    else:
        raise AssertionError("it was granted")


def introspection_and_revocation():
    """introspection before and after revocation"""
    client = session()
    token = client.fetch_token(TOKEN, grant_type="client_credentials")["access_token"]
    state = client.introspect_token(INTROSPECT, token=token).json()
    assert state["active"] and state["client_id"] == CLIENT, state
    assert client.revoke_token(REVOKE, token=token).status_code == 200
    assert client.introspect_token(INTROSPECT, token=token).json() == {"active": False}
    assert client.get(ME).status_code == 401


def refresh():
    """password grant, then refresh with rotation"""
    client = session()
    first = client.fetch_token(TOKEN, username=USER, password=PASSWORD)
    assert client.get(ME).json()["data"]["username"] == USER
    second = client.refresh_token(TOKEN)
    assert second["refresh_token"] != first["refresh_token"], "it was not rotated"
    assert client.get(ME).status_code == 200


def reuse():
    """a refresh token that was used ends its family"""
    client = session()
    first = client.fetch_token(TOKEN, username=USER, password=PASSWORD)["refresh_token"]
    client.refresh_token(TOKEN)
    for token in (first, client.token["refresh_token"]):
        try:
            session().refresh_token(TOKEN, refresh_token=token)
        except OAuthError as error:
            assert error.error == "invalid_grant", error
        else:
            raise AssertionError("it was granted")
    assert client.get(ME).status_code == 401


run(basic, post, beyond, wrong_secret, introspection_and_revocation, refresh, reuse)
