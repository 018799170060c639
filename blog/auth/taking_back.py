"""Taking an account back from somebody who got into it.

Whatever changes how an account is entered is told by mail to the address that it has until then, with a link. With it
whoever reads that mail has the last word over whoever knows the password: what the other one made to come in again is
gone. An earlier link outranks a later one, which somebody else may have had sent to an address of theirs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete

from blog.auth import names
from blog.auth.devices import forget_devices
from blog.auth.factors.operations import Dropped, drop_factors_since
from blog.auth.models import AccountToken, TokenPurpose, User
from blog.auth.operations import EmailTaken, TokenInvalid, find_token, new_mailed_link, use_token, void_links
from blog.auth.sessions import end_sessions
from blog.db import constraint_as, db
from blog.site import audit
from blog.web.addresses import absolute_url

LINK_LIFETIME = timedelta(days=7)
RESET_LIFETIME = timedelta(minutes=60)
FACTORS_SINCE = timedelta(hours=24)
"""How long before the mail a second factor was added that goes with the change that the mail told of."""


@dataclass(frozen=True)
class TakenBack:
    """An account without a password, with the way to a new one."""

    reset: str
    """The secret of a link that sets a password: the mailbox was proved already."""
    dropped: Dropped


def take_back_link(user: User, email: str, *, now: datetime) -> str:
    """The address of a link with which whoever reads the mail of `email` takes the account back as it is now."""
    secret = new_mailed_link(TokenPurpose.TAKE_BACK, LINK_LIFETIME, user=user, email=email, now=now)
    return absolute_url("auth.open_take_back_link", token=secret)


def take_back(secret: str, *, now: datetime) -> TakenBack:
    """Give the account the address again that the link was mailed to, and take from everybody what lets them in.

    The password and recovery codes, sessions, known browsers, links, and second factors that are not older than the
    change. Links that were mailed before this one stay. Raises `TokenInvalid`, or `EmailTaken` if the address has
    become somebody else's meanwhile.
    """
    token = find_token(secret, TokenPurpose.TAKE_BACK, now=now)
    email, token_id, since = token.email, token.id, token.created_at - FACTORS_SINCE
    user = use_token(secret, TokenPurpose.TAKE_BACK, now=now)
    if user is None or email is None:
        raise TokenInvalid
    with constraint_as(EmailTaken()):
        user.email, user.email_key = email, names.email_key(email)
    user.unverified_email = user.password_hash = None
    dropped = drop_factors_since(user, since)
    end_sessions(user)
    forget_devices(user)
    void_links(user)
    # Ids grow: a new row's is above those of all rows that are there.
    db.session.execute(delete(AccountToken).where(AccountToken.user_id == user.id, AccountToken.id > token_id))
    audit.record("user_updated", subject=user, what="taken back by mail")
    reset = new_mailed_link(TokenPurpose.RESET_PASSWORD, RESET_LIFETIME, user=user, email=email, now=now)
    return TakenBack(reset, dropped)
