"""Browsers in which somebody was signed in before: there, wrong passwords of others do not make the owner wait."""

from datetime import datetime

from sqlalchemy import delete, select

from blog.auth.models import DEVICES_AT_MOST, KnownDevice, User
from blog.auth.sessions import digest, new_secret
from blog.db import db


def find_device(user: User | None, secret: str | None, now: datetime) -> KnownDevice | None:
    """The browser with this cookie, if `user` was signed in there lately. Nobody takes as long as somebody."""
    device = _device(user, secret)
    return device if device and device.is_known(now) else None


def devices_of_secret(secret: str) -> dict[int, int]:
    """The ids of the browser with this cookie by those of the accounts to which it is known, in a reading of its own
    that is over at once.
    """
    theirs = select(KnownDevice.user_id, KnownDevice.id).where(KnownDevice.token_hash == digest(secret))
    with db.engine.connect() as connection:
        return {row.user_id: row.id for row in connection.execute(theirs)}


def remember_device(user: User, secret: str | None, now: datetime) -> str:
    """Know this browser again, which has shown that it is `user`'s; return the secret for its cookie.

    One cookie serves all who share the browser. A secret that was not made here is not taken over.
    """
    if not secret or not _was_made_here(secret):
        secret = new_secret()
    if device := _device(user, secret):
        device.last_used_at = now
    else:
        db.session.add(KnownDevice(token_hash=digest(secret), user_id=user.id, last_used_at=now))
    db.session.flush()
    _forget_the_rest(user, now)
    return secret


def forget_devices(user: User) -> None:
    """Know none of the browsers of `user` any more."""
    db.session.execute(delete(KnownDevice).where(KnownDevice.user_id == user.id))


def _device(user: User | None, secret: str | None) -> KnownDevice | None:
    return db.session.scalar(
        select(KnownDevice).where(
            KnownDevice.token_hash == digest(secret or ""), KnownDevice.user_id == (user.id if user else 0)
        )
    )


def _was_made_here(secret: str) -> bool:
    return (
        db.session.scalar(select(KnownDevice.id).where(KnownDevice.token_hash == digest(secret)).limit(1)) is not None
    )


def _forget_the_rest(user: User, now: datetime) -> None:
    """Keep the browsers that were used last, as many as there may be."""
    theirs = select(KnownDevice).where(KnownDevice.user_id == user.id)
    for place, device in enumerate(db.session.scalars(theirs.order_by(KnownDevice.last_used_at.desc()))):
        if place >= DEVICES_AT_MOST or not device.is_known(now):
            db.session.delete(device)
