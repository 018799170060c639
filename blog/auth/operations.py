"""What is done to accounts. Each operation flushes, none commits; errors are named for the domain."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from blog.auth import names, queries
from blog.auth.models import AccountToken, ProfileLink, Role, TokenPurpose, User
from blog.auth.passwords import hash_password, needs_rehash
from blog.auth.policies import can_administer, require
from blog.auth.sessions import digest, end_sessions, new_secret
from blog.db import constraint_as, db

RESET_LINK_LIFETIME = timedelta(hours=24)
SET_UP_LINK_LIFETIME = timedelta(days=7)


class UsernameTaken(Exception):
    """Another account has this name."""


class EmailTaken(Exception):
    """Another account has this e-mail address."""


class LastAdmin(Exception):
    """The change would leave the site without an admin."""


class TokenInvalid(Exception):
    """The link was used, replaced or is too old."""


class AlreadySetUp(Exception):
    """The blog has its owner."""


@dataclass(frozen=True)
class Registration:
    """What a new account is made of; the password is hashed already."""

    username: str
    email: str | None
    password_hash: str | None
    display_name: str = ""
    role: Role = Role.READER


@dataclass(frozen=True)
class Profile:
    """What a person says about themselves; the bio is rendered already."""

    display_name: str
    bio: str
    bio_html: str
    links: list[ProfileLink]
    picture_name: str | None


def create_account(registration: Registration, *, now: datetime) -> User:
    """A new account. Raises `UsernameTaken` or `EmailTaken`."""
    email = registration.email
    user = User(
        username=registration.username,
        username_key=names.username_key(registration.username),
        email=email,
        email_key=names.email_key(email) if email else None,
        password_hash=registration.password_hash,
        display_name=registration.display_name or registration.username,
        role=registration.role,
        created_at=now,
    )
    taken = UsernameTaken() if queries.user_by_username(registration.username) else EmailTaken()
    with constraint_as(taken if email else UsernameTaken()):
        db.session.add(user)
    return user


def set_up_site(secret: str, registration: Registration, *, now: datetime) -> User:
    """Make the owner, once, with the link that the first start printed.

    Raises `TokenInvalid`, or `AlreadySetUp` when there is an owner.
    """
    if queries.has_owner():
        raise AlreadySetUp
    use_token(secret, TokenPurpose.SET_UP, now=now)
    return create_account(registration, now=now)


def change_profile(user: User, profile: Profile) -> None:
    """Change what `user` shows of themselves."""
    user.display_name = profile.display_name
    user.bio, user.bio_html = profile.bio, profile.bio_html
    user.links = profile.links
    user.picture_name = profile.picture_name
    db.session.flush()


def change_password(user: User, password_hash: str, *, keep_session: int | None = None) -> None:
    """Set another password; every other session of `user` ends, and every link to reset it is void."""
    user.password_hash = password_hash
    end_sessions(user, keep=keep_session)
    db.session.execute(delete(AccountToken).where(AccountToken.user_id == user.id))
    db.session.flush()


def refresh_hash(user: User, password: str) -> None:
    """Hash the password anew when the figures of the hash have changed since."""
    if user.password_hash and needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)


def change_email(user: User, email: str) -> None:
    """Set another e-mail address; links that were sent to the old one are void. Raises `EmailTaken`."""
    with constraint_as(EmailTaken()):
        user.email, user.email_key = email, names.email_key(email)
    db.session.execute(delete(AccountToken).where(AccountToken.user_id == user.id))


def change_role(user: User, role: Role, *, by: User) -> None:
    """Give `user` another role in the name of an admin. Raises `NotAllowed` or `LastAdmin`."""
    require(can_administer(by))
    set_role(user, role)


def set_role(user: User, role: Role) -> None:
    """Give `user` another role; a lower one ends their sessions. Raises `LastAdmin`."""
    if user.role is role:
        return
    _keep_an_admin(without=[user] if role is not Role.ADMIN else [])
    demoted = role.rank < user.role.rank
    user.role = role
    if demoted:
        end_sessions(user)
    db.session.flush()


def deactivate_accounts(users: list[User], *, by: User, now: datetime) -> None:
    """Put accounts to sleep and sign them out, all or none. Raises `NotAllowed` or `LastAdmin`."""
    require(can_administer(by))
    _keep_an_admin(without=users)
    for user in users:
        user.deactivate(now)
        end_sessions(user)
    db.session.flush()


def reactivate_accounts(users: list[User], *, by: User) -> None:
    """Wake accounts. Raises `NotAllowed`."""
    require(can_administer(by))
    for user in users:
        user.reactivate()
    db.session.flush()


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
    if spent.rowcount != 1:  # type: ignore[attr-defined]  # a DELETE's result is a CursorResult
        raise TokenInvalid
    return user


def _new_token(purpose: TokenPurpose, expires_at: datetime, *, user: User | None, now: datetime) -> str:
    user_id = user.id if user else None
    db.session.execute(delete(AccountToken).where(AccountToken.purpose == purpose, AccountToken.user_id == user_id))
    secret = new_secret()
    db.session.add(
        AccountToken(token_hash=digest(secret), purpose=purpose, user_id=user_id, created_at=now, expires_at=expires_at)
    )
    db.session.flush()
    return secret


def _keep_an_admin(*, without: list[User]) -> None:
    """Raise `LastAdmin` if no active admin is left when those in `without` are gone."""
    leaving = {user.id for user in without if user.is_admin}
    if leaving and not {admin.id for admin in queries.lock_admins()} - leaving:
        raise LastAdmin
