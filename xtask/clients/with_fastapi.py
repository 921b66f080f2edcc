"""The documented resource server, on FastAPI, asked by clients with good and bad tokens."""

import os

import requests
from fastapi.testclient import TestClient
from report import run, versions
from resource_server import app

GATE, CLIENT, SECRET = os.environ["GATE"], os.environ["CLIENT"], os.environ["CLIENT_SECRET"]

versions("fastapi", "PyJWT")

server = TestClient(app)


def token(scope: str) -> str:
    form = {"grant_type": "client_credentials", "scope": scope}
    return requests.post(f"{GATE}/oauth2/token", auth=(CLIENT, SECRET), data=form).json()["access_token"]


def asked(token: str | None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return server.get("/profiles", headers=headers).status_code


def good():
    """a token with the right is let in"""
    answer = server.get("/profiles", headers={"Authorization": f"Bearer {token('qos:view')}"})
    assert answer.json() == {"asked_by": CLIENT}, answer.text


def narrow():
    """a token without the right is refused"""
    assert asked(token("system:view")) == 403


def none():
    """no token, and a broken one, are refused"""
    broken = token("qos:view")[:-4] + "AAAA"
    assert asked(None) in (401, 403) and asked("garbage") == 401 and asked(broken) == 401


run(good, narrow, none)
