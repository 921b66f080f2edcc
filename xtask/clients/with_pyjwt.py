"""PyJWT verifies our tokens by the published keys."""

import os
import ssl

import jwt
import requests
from report import run, versions

GATE, CLIENT, SECRET = os.environ["GATE"], os.environ["CLIENT"], os.environ["CLIENT_SECRET"]
USER, PASSWORD = os.environ["USERNAME"], os.environ["PASSWORD"]
ALGORITHM = os.environ["ALGORITHM"]

versions("PyJWT", "cryptography")

trust = ssl.create_default_context(cafile=os.environ["CA"])
keys = jwt.PyJWKClient(f"{GATE}/.well-known/jwks.json", ssl_context=trust)


def of_a_client() -> str:
    form = {"grant_type": "client_credentials"}
    return requests.post(f"{GATE}/oauth2/token", auth=(CLIENT, SECRET), data=form).json()["access_token"]


def of_a_user() -> str:
    credentials = {"username": USER, "password": PASSWORD}
    return requests.post(f"{GATE}/api/v1/auth/login", json=credentials).json()["access_token"]


def verified(token: str, **more) -> dict:
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(token, key, algorithms=[ALGORITHM], issuer=GATE, **more)


def access_token():
    """a client's access token"""
    token = of_a_client()
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    claims = verified(token, audience=GATE, options={"require": ["exp", "iat", "jti", "sub"]})
    assert claims["client_id"] == claims["sub"] == CLIENT, claims


def login_token():
    """a user's login token"""
    token = of_a_user()
    assert jwt.get_unverified_header(token)["typ"] == "JWT"
    assert verified(token)["sub"] == USER


def another_audience():
    """a token is for nobody else"""
    try:
        verified(of_a_client(), audience="https://elsewhere.example")
    except jwt.InvalidAudienceError:
        return
    raise AssertionError("it was accepted")


def changed():
    """a changed token is refused"""
    head, claims, signature = of_a_client().split(".")
    other = of_a_client().split(".")[1]
    assert other != claims
    try:
        verified(f"{head}.{other}.{signature}", audience=GATE)
    except jwt.InvalidSignatureError:
        return
    raise AssertionError("it was accepted")


def nothing_secret():
    """no private member is published"""
    published = requests.get(f"{GATE}/.well-known/jwks.json").json()["keys"]
    private = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
    assert published and not any(private & set(key) for key in published), published


run(access_token, login_token, another_audience, changed, nothing_secret)
