import os

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer

ISSUER = os.environ["ISSUER"]  # token.issuer of the gate: https://bng.example.net
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json")
app = FastAPI()


def caller(shown=Depends(HTTPBearer())) -> dict:
    try:
        key = keys.get_signing_key_from_jwt(shown.credentials)
        if jwt.get_unverified_header(shown.credentials).get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("no access token")
        required = {"require": ["exp", "iat", "sub", "client_id", "scope"]}
        return jwt.decode(shown.credentials, key, ["EdDSA", "ES256", "RS256"], audience=ISSUER, issuer=ISSUER, options=required)
    except jwt.PyJWTError as error:
        raise HTTPException(401, "Could not validate credentials", {"WWW-Authenticate": "Bearer"}) from error


@app.get("/profiles")
def profiles(token: dict = Depends(caller)) -> dict:
    if "qos:view" not in token["scope"].split():
        raise HTTPException(403, "Right 'qos:view' required")
    return {"asked_by": token["client_id"]}
