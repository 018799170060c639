"""Sign-ins between the password and the second factor. Their secret finds nobody but on the page that asks for it."""

from datetime import datetime

from sqlalchemy import delete, select, update

from blog.auth.factors.models import PENDING_LIFETIME, PENDING_TRIES, PendingSignIn
from blog.auth.models import User
from blog.auth.sessions import digest, new_secret
from blog.db import changed_rows, db, keep_changes


class PendingGone(Exception):
    """The sign-in was finished, tried too often or is too old: it begins again with the password."""


def begin_pending(user: User, *, remember: bool, now: datetime) -> str:
    """Let the sign-in wait for the second factor; return the secret for the cookie."""
    db.session.execute(delete(PendingSignIn).where(PendingSignIn.expires_at <= now))
    secret = new_secret()
    db.session.add(
        PendingSignIn(
            token_hash=digest(secret),
            user_id=user.id,
            is_remembered=remember,
            tries=0,
            expires_at=now + PENDING_LIFETIME,
        )
    )
    db.session.flush()
    return secret


def find_pending(secret: str | None, now: datetime) -> PendingSignIn | None:
    """The sign-in that waits in this browser, with its user."""
    found = db.session.get(PendingSignIn, digest(secret)) if secret else None
    return found if found and found.is_live(now) else None


def account_of_pending(secret: str) -> int | None:
    """Whose sign-in waits in this browser, without loading anybody, in a reading of its own that is over at once."""
    whose = select(PendingSignIn.user_id).where(PendingSignIn.token_hash == digest(secret))
    with db.engine.connect() as connection:
        return connection.scalar(whose)


def count_try(secret: str | None) -> bool:
    """Count a code before it is looked at, so that many at once count as many; False if there were enough."""
    token_hash = digest(secret or "")
    with keep_changes() as kept:
        counted = kept.execute(
            update(PendingSignIn)
            .where(PendingSignIn.token_hash == token_hash, PendingSignIn.tries < PENDING_TRIES)
            .values(tries=PendingSignIn.tries + 1)
        )
    return bool(changed_rows(counted))


def finish_pending(secret: str | None) -> tuple[User, bool]:
    """End the waiting, the second factor being there; whose it was, and whether they stay signed in.

    Of two that finish it at once one gets `PendingGone`.
    """
    pending = db.session.scalar(select(PendingSignIn).where(PendingSignIn.token_hash == digest(secret or "")))
    if pending is None or not pending.user.is_active:
        raise PendingGone
    db.session.delete(pending)
    db.session.flush()
    return pending.user, pending.is_remembered


def forget_pending(user: User) -> None:
    """No sign-in of `user` waits any more: the password that began it is of the past."""
    db.session.execute(delete(PendingSignIn).where(PendingSignIn.user_id == user.id))
