"""Sessions as rows: made at sign-in, found by the SHA-256 of the random id in the cookie, ended at once."""

import contextlib
import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from blog.auth.models import (
    LAST_SEEN_STEP,
    REMEMBERED_ABSOLUTE,
    SESSION_ABSOLUTE,
    User,
    UserSession,
)
from blog.db import db, keep_changes

SECRET_BYTES = 32


def digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256. It has 256 random bits, so no slower hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret() -> str:
    """256 random bits, fit for cookies and addresses."""
    return secrets.token_urlsafe(SECRET_BYTES)


def start_session(user: User, *, remember: bool, user_agent: str, now: datetime) -> str:
    """Sign `user` in; return the secret for the cookie."""
    secret = new_secret()
    db.session.add(
        UserSession(
            token_hash=digest(secret),
            user_id=user.id,
            is_remembered=remember,
            user_agent=user_agent[:200],
            created_at=now,
            last_seen_at=now,
            expires_at=now + (REMEMBERED_ABSOLUTE if remember else SESSION_ABSOLUTE),
            confirmed_at=now,
        )
    )
    user.last_seen_at = now
    db.session.flush()
    return secret


def find_session(secret: str, now: datetime) -> UserSession | None:
    """The live session of a cookie, with its user, or None."""
    found = db.session.scalar(select(UserSession).where(UserSession.token_hash == digest(secret)))
    return found if found and found.is_live(now) else None


def account_of_session(secret: str) -> int | None:
    """The id of the account of a session, in a reading of its own that is over at once."""
    with db.engine.connect() as connection:
        return connection.scalar(select(UserSession.user_id).where(UserSession.token_hash == digest(secret)))


def sessions_of(user: User, now: datetime) -> list[UserSession]:
    """The live sessions of `user`, the one used last first."""
    rows = db.session.scalars(
        select(UserSession).where(UserSession.user_id == user.id).order_by(UserSession.last_seen_at.desc())
    )
    return [row for row in rows if row.is_live(now)]


def renew_session(session: UserSession, now: datetime) -> str:
    """Give the session a new id, as at a change of rights; the old one is dead. Return the secret for the cookie."""
    secret = new_secret()
    session.token_hash = digest(secret)
    session.last_seen_at = now
    db.session.flush()
    return secret


def confirm_session(session: UserSession, now: datetime) -> str:
    """Note that its person proved who they are. Like each step up it gives the session a new id, which is returned."""
    session.confirmed_at = now
    return renew_session(session, now)


def end_session(user: User, session_id: int) -> None:
    """Sign one browser of `user` out."""
    db.session.execute(delete(UserSession).where(UserSession.id == session_id, UserSession.user_id == user.id))


def end_sessions(user: User, *, keep: int | None = None) -> None:
    """Sign all browsers of `user` out, but for the session with the id `keep`."""
    db.session.execute(delete(UserSession).where(UserSession.user_id == user.id, UserSession.id != (keep or 0)))


def is_stale(session: UserSession, now: datetime) -> bool:
    """True when `last_seen_at` is old enough to be written again."""
    return now - session.last_seen_at >= LAST_SEEN_STEP


def mark_seen(session_id: int, user_id: int, now: datetime) -> None:
    """Note that the session is in use; in a transaction of its own, since a GET writes nothing else.

    While others write it is left for the next request: nobody waits for it. A long pause ends what was confirmed
    before it, so that going to another page first does not hide the pause.
    """
    with contextlib.suppress(OperationalError), keep_changes(at_once=True) as kept:
        if session := kept.get(UserSession, session_id):
            if session.was_away(now):
                session.confirmed_at = None
            session.last_seen_at = now
        if user := kept.get(User, user_id):
            user.last_seen_at = now


def forget_dead_sessions(now: datetime) -> None:
    """Delete the rows whose time is over."""
    db.session.execute(delete(UserSession).where(UserSession.expires_at <= now))
