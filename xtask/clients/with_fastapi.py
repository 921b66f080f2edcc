"""The documented resource server, on FastAPI, asked by clients with good and bad tokens."""

import asyncio
import os

import httpx
import requests
from report import run, versions
from resource_server import app

GATE, CLIENT, SECRET = os.environ["GATE"], os.environ["CLIENT"], os.environ["CLIENT_SECRET"]

versions("fastapi", "PyJWT")


def token(scope: str) -> str:
    form = {"grant_type": "client_credentials", "scope": scope}
    return requests.post(f"{GATE}/oauth2/token", auth=(CLIENT, SECRET), data=form).json()["access_token"]


def asked(token: str | None) -> httpx.Response:
    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return await client.get("/profiles", headers=headers)

    return asyncio.run(ask())


def good():
    """a token with the right is let in"""
    answer = asked(token("qos:view"))
    assert answer.json() == {"asked_by": CLIENT}, answer.text


def narrow():
    """a token without the right is refused"""
    assert asked(token("system:view")).status_code == 403


def none():
    """no token, and a broken one, are refused"""
    broken = token("qos:view")[:-4] + "AAAA"
    assert asked(None).status_code in (401, 403)
    assert asked("garbage").status_code == 401 and asked(broken).status_code == 401


run(good, narrow, none)
