"""Codes that people type: those of an app (TOTP, RFC 6238) and those on paper. Pure functions."""

import base64
import hashlib
import re
import secrets
from datetime import datetime

import pyotp
import segno

SECRET_BYTES = 20
"""160 bits, the length of SHA-1's output, as RFC 4226 wants it."""
STEP_SECONDS = 30
STEPS_AROUND = 1
"""Steps before and after that of now whose code is taken, for clocks that differ."""
RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 10
_SEPARATORS = re.compile(r"[\s-]+")


def new_secret() -> str:
    """A secret for an app, in base32 as apps have it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def address_for_app(secret: str, *, username: str, site: str) -> str:
    """What the QR code says: the secret, and whose it is, as apps read it."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=username, issuer_name=site)


def qr_code(text: str) -> str:
    """A QR code as the address of an image that needs no request."""
    return segno.make(text, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute whose code this is, of those around now; None if it is of none."""
    digits, current = plain(code), int(now.timestamp()) // STEP_SECONDS
    if not re.fullmatch(r"\d{6}", digits, re.ASCII):
        return None
    app = pyotp.HOTP(secret)
    steps = range(current - STEPS_AROUND, current + STEPS_AROUND + 1)
    matching = [step for step in steps if secrets.compare_digest(app.at(step), digits)]
    return max(matching, default=None)


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits each, in groups that are read easily."""
    return [_new_recovery_code() for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """What is stored of a recovery code, however it was typed: it has 80 random bits, so no slower hash is needed."""
    return hashlib.sha256(plain(code).encode("utf-8", "surrogatepass")).hexdigest()


def plain(code: str) -> str:
    """A code without what people put between its characters."""
    return _SEPARATORS.sub("", code).lower()


def _new_recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))
