"""E-mail addresses: confirming one, changing it; and links to a forgotten password.

A request only notes what was typed and adds a job. Whether there is such an account, or such an address, is found out
by the worker, and told by mail alone: so no answer, and not its time, tells it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from blog import clock, jobs, mail
from blog.auth import names, queries
from blog.auth.mail_quota import may_write_to
from blog.auth.models import AccountToken, TokenPurpose, User
from blog.auth.operations import (
    TokenInvalid,
    change_email,
    delete_user,
    find_token,
    new_mailed_link,
    use_token,
)
from blog.auth.sessions import forget_dead_sessions
from blog.auth.taking_back import LINK_LIFETIME, take_back_link
from blog.db import db, transaction
from blog.web.addresses import absolute_url

MAILED_LINK_LIFETIME = timedelta(minutes=60)
"""How long a link that sets a password or confirms an address works, if it was mailed."""
UNVERIFIED_KEPT_FOR = timedelta(days=7)
"""How long a new account may leave its address unconfirmed."""
MAILS_AN_HOUR = 3
"""How many mails of a kind one account causes."""


# A forgotten password


def ask_for_reset(login: str) -> None:
    """Have a link that sets a password mailed to whoever's name or confirmed address `login` is, if anybody's."""
    jobs.add("auth.reset", jobs.seal({"login": login}))  # which may be anything, a password too


@jobs.handler("auth.reset")
def mail_reset(payload: dict[str, Any]) -> None:
    """Mail the link, unless three were within the hour."""
    user, now = queries.user_by_login(jobs.unseal(payload)["login"]), clock.now()
    if (
        user
        and user.email
        and user.is_active
        and _may_mail(user, TokenPurpose.RESET_PASSWORD, now)
        and may_write_to(user.email, now, is_reset=True)
    ):
        secret = new_mailed_link(
            TokenPurpose.RESET_PASSWORD, MAILED_LINK_LIFETIME, user=user, email=user.email, now=now
        )
        link = absolute_url("auth.open_reset_link", token=secret)
        mail.send(mail.compose("reset", to=user.email, user=user, link=link, minutes=_minutes(MAILED_LINK_LIFETIME)))


# An address that is to be confirmed


def hold_until_verified(user: User, *, now: datetime) -> None:
    """Let a new account wait for its address to be confirmed, for a while."""
    user.verify_by = now + UNVERIFIED_KEPT_FOR
    ask_to_verify(user, user.unverified_email or "")


def ask_to_verify(user: User, email: str) -> None:
    """Note that `user` says that `email` is theirs, and have a link mailed there which confirms it."""
    user.unverified_email = email
    db.session.flush()
    if mail.can_send():
        jobs.add("auth.verification", jobs.seal({"user_id": user.id, "email": email}))


@jobs.handler("auth.verification")
def mail_verification(payload: dict[str, Any]) -> None:
    """Mail the link; or, if the address is another account's, that it is."""
    asked = jobs.unseal(payload)
    user, email, now = queries.user_by_id(asked["user_id"]), asked["email"], clock.now()
    if user is None or user.unverified_email != email or not _may_mail(user, TokenPurpose.VERIFY_EMAIL, now):
        return
    if not may_write_to(email, now):
        return
    secret = new_mailed_link(TokenPurpose.VERIFY_EMAIL, MAILED_LINK_LIFETIME, user=user, email=email, now=now)
    owner = queries.user_by_email(email)
    if owner and owner.id != user.id:  # the link is nobody's; that it was made counts
        links = {"sign_in": absolute_url("auth.log_in"), "reset": absolute_url("auth.ask_for_reset")}
        mail.send(mail.compose("taken", to=owner.email or email, user=owner, is_new=user.is_held, **links))
        return
    link = absolute_url("auth.open_verification_link", token=secret)
    minutes = _minutes(MAILED_LINK_LIFETIME)
    mail.send(mail.compose("verification", to=email, is_new=user.is_held, link=link, minutes=minutes))


def verify_email(secret: str, *, now: datetime) -> User:
    """Let the address that the link was mailed to be that of its account; the one of before is told, with a way back.

    Raises `TokenInvalid`, or `EmailTaken` if it has become somebody else's meanwhile.
    """
    email = find_token(secret, TokenPurpose.VERIFY_EMAIL, now=now).email
    user = use_token(secret, TokenPurpose.VERIFY_EMAIL, now=now)
    if user is None or email is None or user.unverified_email != email:
        raise TokenInvalid
    before = user.email
    change_email(user, email)
    if before and names.email_key(before) != names.email_key(email):
        link, days = take_back_link(user, before, now=now), LINK_LIFETIME.days
        mail.send(mail.compose("email_changed", to=before, user=user, email=email, link=link, days=days))
    return user


def refuse_email(secret: str, *, now: datetime) -> None:
    """Whoever reads the mail did not give the address: the account that waits for it goes, an older one does without.

    Raises `TokenInvalid`.
    """
    email = find_token(secret, TokenPurpose.VERIFY_EMAIL, now=now).email
    user = use_token(secret, TokenPurpose.VERIFY_EMAIL, now=now)
    if user is None or email is None or user.unverified_email != email:
        raise TokenInvalid
    if user.is_held:
        delete_user(user, by_themselves=False)
    else:
        user.unverified_email = None


@jobs.recurring("auth.tidy_up", every=timedelta(hours=1))
def tidy_up(_payload: dict[str, Any]) -> None:
    """Delete accounts that were never confirmed, and forget what is over: sessions and links."""
    now = clock.now()
    with transaction():
        for user in db.session.scalars(select(User).where(User.verify_by <= now)).all():
            delete_user(user, by_themselves=False)
        db.session.execute(delete(AccountToken).where(AccountToken.expires_at <= now - MAILED_LINK_LIFETIME))
        forget_dead_sessions(now)


def _may_mail(user: User, purpose: TokenPurpose, now: datetime) -> bool:
    return queries.count_mailed(user, purpose, since=now - timedelta(hours=1)) < MAILS_AN_HOUR


def _minutes(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds() // 60)
