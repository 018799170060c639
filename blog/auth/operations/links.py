"""Links that are good once: to set the blog up, to set a password, to confirm an address, to take an account back."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from blog.auth import queries
from blog.auth.models import AccountToken, TokenPurpose, User
from blog.auth.operations.errors import AlreadySetUp, TokenInvalid
from blog.auth.sessions import digest, new_secret
from blog.db import changed_rows, db
from blog.site import audit

RESET_LINK_LIFETIME = timedelta(hours=24)
SET_UP_LINK_LIFETIME = timedelta(days=7)


def new_reset_link(user: User, *, now: datetime) -> str:
    """The secret of a link with which `user` sets a password, once, within a day; older links are void."""
    return _new_token(TokenPurpose.RESET_PASSWORD, now + RESET_LINK_LIFETIME, user=user, now=now)


def new_set_up_link(*, now: datetime) -> str:
    """The secret of the link that sets the blog up; older ones are void. Raises `AlreadySetUp`."""
    if queries.has_owner():
        raise AlreadySetUp
    return _new_token(TokenPurpose.SET_UP, now + SET_UP_LINK_LIFETIME, user=None, now=now)


def find_token(secret: str, purpose: TokenPurpose, *, now: datetime) -> AccountToken:
    """The token of a link that still works. Raises `TokenInvalid`."""
    token = db.session.scalar(
        select(AccountToken).where(
            AccountToken.token_hash == digest(secret), AccountToken.purpose == purpose, AccountToken.expires_at > now
        )
    )
    if token is None or (token.user is not None and not token.user.is_active):
        raise TokenInvalid
    return token


def use_token(secret: str, purpose: TokenPurpose, *, now: datetime) -> User | None:
    """Spend the link; return its account. Of two that try at once one gets `TokenInvalid`."""
    token = find_token(secret, purpose, now=now)
    user = token.user
    spent = db.session.execute(delete(AccountToken).where(AccountToken.id == token.id))
    if changed_rows(spent) != 1:
        raise TokenInvalid
    audit.record("authn_token_used", subject=user, purpose=purpose.value)
    return user


def new_mailed_link(purpose: TokenPurpose, lifetime: timedelta, *, user: User, email: str, now: datetime) -> str:
    """The secret of a link that is mailed to `email`; older ones of this purpose are void, but those that take
    the account back.
    """
    return _new_token(purpose, now + lifetime, user=user, now=now, email=email)


def void_links(user: User) -> None:
    """Let no link of `user` work any more, but those that take the account back."""
    # Void, not deleted, as in `_new_token`.
    theirs = (AccountToken.user_id == user.id, AccountToken.purpose != TokenPurpose.TAKE_BACK)
    db.session.execute(update(AccountToken).where(*theirs).values(expires_at=AccountToken.created_at))


def _new_token(
    purpose: TokenPurpose, expires_at: datetime, *, user: User | None, now: datetime, email: str | None = None
) -> str:
    if purpose is not TokenPurpose.TAKE_BACK:
        # Void, not deleted: how many were mailed of late is counted by them.
        older = (AccountToken.purpose == purpose, AccountToken.user_id == (user.id if user else None))
        db.session.execute(update(AccountToken).where(*older, AccountToken.expires_at > now).values(expires_at=now))
    secret = new_secret()
    db.session.add(
        AccountToken(
            token_hash=digest(secret), purpose=purpose, user=user, email=email, created_at=now, expires_at=expires_at
        )
    )
    db.session.flush()
    audit.record("authn_token_created", subject=user, purpose=purpose.value)
    return secret
