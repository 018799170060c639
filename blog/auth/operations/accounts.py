"""Making accounts, changing them, ending them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from blog.auth import names, queries, throttles
from blog.auth.devices import forget_devices
from blog.auth.factors.pending import forget_pending
from blog.auth.invitations.models import Invitation
from blog.auth.looks import pass_on_look
from blog.auth.models import ProfileLink, Role, TokenPurpose, User
from blog.auth.operations.errors import (
    AlreadySetUp,
    EmailTaken,
    LastAdmin,
    PosesAsAnother,
    UsernameTaken,
    UsernameTooAlike,
)
from blog.auth.operations.links import use_token, void_links
from blog.auth.policies import can_administer, require
from blog.auth.sessions import end_sessions
from blog.db import constraint_as, db
from blog.site import audit
from blog.site.models import AuditEvent
from blog.site.queries import next_id


@dataclass(frozen=True)
class Registration:
    """What a new account is made of; the password is hashed already."""

    username: str
    email: str | None
    password_hash: str | None
    display_name: str = ""
    role: Role = Role.READER
    unverified_email: str | None = None
    """An address that somebody typed; `email` is one that is known to be theirs."""


@dataclass(frozen=True)
class Profile:
    """What a person says about themselves; the bio is rendered already."""

    display_name: str
    bio: str
    bio_html: str
    links: list[ProfileLink]
    picture_name: str | None
    time_zone: str | None = None
    """None for the site's."""


@dataclass(frozen=True)
class Proof:
    """The password was right."""

    seen: str
    """The hash that it was compared with."""
    newer: str
    """The hash with the figures of today."""
    tried: throttles.Try
    """What was counted as a failure until it proved to be none."""


def create_account(registration: Registration, *, now: datetime) -> User:
    """A new account. Raises `UsernameTaken`, `UsernameTooAlike` or `EmailTaken`."""
    email = registration.email
    if taken := _refusal(registration):
        raise taken
    user = User(
        id=next_id(User, "user", AuditEvent.actor_id),
        username=registration.username,
        username_key=names.username_key(registration.username),
        username_skeleton=names.username_skeleton(registration.username),
        email=email,
        email_key=names.email_key(email) if email else None,
        unverified_email=registration.unverified_email,
        password_hash=registration.password_hash,
        display_name=registration.display_name or registration.username,
        role=registration.role,
        created_at=now,
    )
    with constraint_as(UsernameTaken()):
        db.session.add(user)
    audit.record("user_created", subject=user, role=user.role.value)
    return user


def register(registration: Registration, *, now: datetime) -> User:
    """An account that somebody makes for themselves; its name is shown beside what they say.

    Raises `UsernameTaken`, `UsernameTooAlike` or `EmailTaken`.
    """
    try:
        require_own_name(registration.username)
    except PosesAsAnother as refusal:
        taken = queries.user_by_username(registration.username)
        raise (UsernameTaken() if taken else UsernameTooAlike()) from refusal
    return create_account(registration, now=now)


def set_up_site(secret: str, registration: Registration, *, now: datetime) -> User:
    """Make the owner, once, with the link that the first start printed.

    Raises `TokenInvalid`, or `AlreadySetUp` when there is an owner.
    """
    if queries.has_owner():
        raise AlreadySetUp
    use_token(secret, TokenPurpose.SET_UP, now=now)
    owner = create_account(registration, now=now)
    audit.record("sys_set_up", subject=owner, by=owner)
    return owner


def require_own_name(name: str, *, of: User | None = None) -> None:
    """Raise `PosesAsAnother` if `name`, shown beside a text, would pass for the site or for somebody who writes here.

    The name that `of` shows already is theirs.
    """
    if of is not None and name == of.display_name:
        return
    if names.is_reserved(name) or queries.writer_looking_like(name, but=of):
        raise PosesAsAnother


def change_profile(user: User, profile: Profile) -> None:
    """Change what `user` shows of themselves. Raises `PosesAsAnother`."""
    require_own_name(profile.display_name, of=user)
    user.display_name = profile.display_name
    user.bio, user.bio_html = profile.bio, profile.bio_html
    user.links = profile.links
    user.picture_name = profile.picture_name
    user.time_zone = profile.time_zone
    db.session.flush()
    audit.record("user_updated", subject=user, what="profile")


def change_password(user: User, password_hash: str, *, keep_session: int | None = None) -> None:
    """Set another password; every other session of `user` ends, every link is void, no device is known.

    All links but those that take the account back: whoever changed it must not shut the owner out.
    """
    user.password_hash = password_hash
    end_sessions(user, keep=keep_session)
    forget_devices(user)
    forget_pending(user)
    void_links(user)
    db.session.flush()
    audit.record("authn_password_change", subject=user)


def accept_proof(user: User, proof: Proof) -> None:
    """Let a password that was right a moment ago count. Raises `NotAllowed` if it was changed since, or the account
    put to sleep.
    """
    require(user.is_active and user.password_hash == proof.seen)
    user.password_hash = proof.newer
    throttles.take_back(proof.tried, db.session())


def change_email(user: User, email: str) -> None:
    """Let `email` be the address of `user`, which it is for certain; links sent to the old one are void.

    Raises `EmailTaken`.
    """
    with constraint_as(EmailTaken()):
        user.email, user.email_key = email, names.email_key(email)
    user.unverified_email = user.verify_by = None
    void_links(user)
    audit.record("user_updated", subject=user, what="e-mail address")


def change_role(user: User, role: Role, *, by: User) -> None:
    """Give `user` another role in the name of an admin. Raises `NotAllowed` or `LastAdmin`."""
    require(can_administer(by))
    set_role(user, role)


def set_role(user: User, role: Role, *, keep_session: int | None = None) -> None:
    """Give `user` another role and end their sessions: no id of before carries other rights. Raises `LastAdmin`.

    Whoever keeps a session gives it a new id.
    """
    if user.role is role:
        return
    keep_an_admin(without=[user] if role is not Role.ADMIN else [])
    before, user.role = user.role, role
    end_sessions(user, keep=keep_session)
    _revoke_invitations_of(user)
    db.session.flush()
    audit.record("privilege_permissions_changed", subject=user, before=before.value, after=role.value)


def deactivate_accounts(users: list[User], *, by: User, now: datetime) -> None:
    """Put accounts to sleep and sign them out, all or none. Raises `NotAllowed` or `LastAdmin`."""
    require(can_administer(by))
    keep_an_admin(without=users)
    for user in users:
        user.deactivate(now)
        end_sessions(user)
        audit.record("user_archived", subject=user)
        _revoke_invitations_of(user)
    db.session.flush()


def reactivate_accounts(users: list[User], *, by: User) -> None:
    """Wake accounts. Raises `NotAllowed`."""
    require(can_administer(by))
    for user in users:
        user.reactivate()
        audit.record("user_reactivated", subject=user)
    db.session.flush()


def keep_an_admin(*, without: list[User]) -> None:
    """Raise `LastAdmin` if no active admin is left when those in `without` are gone."""
    leaving = {user.id for user in without if user.is_admin}
    if leaving and not {admin.id for admin in queries.lock_admins()} - leaving:
        raise LastAdmin


def delete_user(user: User, *, by_themselves: bool) -> None:
    """Take the row of an account away, and by it all that only it had; whatever outlives it has no writer then.

    The audit log keeps its number, and for its time what it was called.
    """
    look = user.username_skeleton
    audit.record("user_deleted", subject=user, by_themselves=by_themselves)
    db.session.delete(user)
    db.session.flush()
    db.session.expire_all()
    if look:
        pass_on_look(look)


def _revoke_invitations_of(user: User) -> None:
    """What somebody offered when they might is void for good when they may no more, even if they may again later."""
    db.session.execute(delete(Invitation).where(Invitation.invited_by_id == user.id))


def _refusal(registration: Registration) -> Exception | None:
    """Why there can be no such account; those who write stand in line, so it stays true until this one is made."""
    if queries.user_by_username(registration.username):
        return UsernameTaken()
    if queries.user_looking_like(registration.username):
        return UsernameTooAlike()
    if registration.email and queries.user_by_email(registration.email):
        return EmailTaken()
    return None
