"""An API as many write it: the token is checked by a dependency, the answer is 1 KiB."""

import os
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

SECRET = os.environ["SECRET"]
BODY = "x" * 1024

api = FastAPI()
bearer = HTTPBearer()


async def operator(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    try:
        claims = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"], issuer="portcullis")
    except jwt.PyJWTError as error:
        raise HTTPException(401, "Could not validate credentials") from error
    if claims["role"] not in ("admin", "operator"):
        raise HTTPException(403, "Admin or operator role required")
    return claims["sub"]


@api.get("/api/v1/subscribers")
async def subscribers(user: Annotated[str, Depends(operator)]) -> PlainTextResponse:
    return PlainTextResponse(BODY)
