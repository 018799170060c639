"""What waits in a job and nobody is to read in the database, or in a copy of it: encrypted with the SECRET_KEY."""

import base64
import hashlib
import json
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app


class Unreadable(Exception):
    """It was sealed under another SECRET_KEY."""

    def __init__(self) -> None:
        super().__init__("it was written under another SECRET_KEY and can't be read any more")


def seal(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload that says nothing but to `unseal`."""
    return {"sealed": _box().encrypt(json.dumps(payload).encode()).decode("ascii")}


def unseal(payload: dict[str, Any]) -> dict[str, Any]:
    """What was sealed. Raises `Unreadable`."""
    try:
        return cast("dict[str, Any]", json.loads(_box().decrypt(payload["sealed"])))
    except InvalidToken:
        raise Unreadable from None


def _box() -> Fernet:
    secret = current_app.config["SECRET_KEY"]
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"mail\0{secret}".encode()).digest()))
