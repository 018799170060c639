"""What is done to invitations. Each operation flushes, none commits."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete

from blog.auth import operations as accounts
from blog.auth import policies
from blog.auth import queries as people
from blog.auth.invitations import queries
from blog.auth.invitations.mails import send_invitation
from blog.auth.invitations.models import Invitation
from blog.auth.models import Role, User
from blog.auth.names import email_key
from blog.auth.operations import EmailTaken, Registration
from blog.auth.policies import require
from blog.auth.sessions import digest, new_secret
from blog.db import changed_rows, db
from blog.site import audit
from blog.site.settings import read_settings

INVITATION_LIFETIME = timedelta(days=7)


class InvitationVoid(Exception):
    """The invitation was used, taken back or replaced, is too old, or its inviter may invite no more."""


class SignUpsClosed(Exception):
    """The site takes nobody in, not even who was invited."""


class NothingToGain(Exception):
    """The account may do as much already."""


def invite(role: Role, *, email: str | None, by: User | None, now: datetime) -> str:
    """The secret of a link that makes an account of `role`, once, within a week; None invites from the command line.

    With an address it is mailed there, where mail goes out, and an earlier invitation to it is void. Raises
    `NotAllowed`, or `EmailTaken` when the address has an account already.
    """
    require(by is None or policies.can_invite(by, role))
    if email and people.user_by_email(email):
        raise EmailTaken
    _forget_old(now, email)
    secret = new_secret()
    invitation = Invitation(
        token_hash=digest(secret),
        role=role,
        email=email,
        email_key=email_key(email) if email else None,
        invited_by_id=by.id if by else None,
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record("authn_token_created", subject=invitation, purpose="invitation", role=role.value)
    if email:
        send_invitation(email, secret, by=by, days=INVITATION_LIFETIME.days)
    return secret


def find_invitation(secret: str, *, now: datetime) -> Invitation:
    """The invitation of a link that still works. Raises `InvitationVoid` or `SignUpsClosed`."""
    found = queries.invitation_by_secret(secret, now)
    if found is None or not (found.invited_by is None or policies.can_invite(found.invited_by, found.role)):
        raise InvitationVoid
    if not policies.takes_invited(read_settings()):
        raise SignUpsClosed
    return found


def accept_invitation(secret: str, registration: Registration, *, now: datetime) -> User:
    """The account of somebody who was invited, with the role of the invitation, which is spent.

    Of two that try at once one gets `InvitationVoid`. Raises `SignUpsClosed`, `UsernameTaken`, `UsernameTooAlike` or
    `EmailTaken` as well; then the invitation is not spent.
    """
    role, inviter = _spend(find_invitation(secret, now=now))
    user = accounts.register(replace(registration, role=role), now=now)
    audit.record("authn_token_used", subject=user, by=user, purpose="invitation", invited_by_account=inviter)
    return user


def accept_with_account(secret: str, user: User, *, keep_session: int, now: datetime) -> Role:
    """The role that `user` has from now on: that of the invitation, which is spent. Their other sessions end.

    Raises `InvitationVoid`, `SignUpsClosed`, or `NothingToGain` if their role is as high already; that spends nothing.
    """
    invitation = find_invitation(secret, now=now)
    if not policies.gains_by(user, invitation.role):
        raise NothingToGain
    role, inviter = _spend(invitation)
    accounts.set_role(user, role, keep_session=keep_session)
    audit.record("authn_token_used", subject=user, by=user, purpose="invitation", invited_by_account=inviter)
    return role


def revoke_invitation(invitation_id: int, *, by: User) -> None:
    """Take an invitation back; one that is gone already is no error. Raises `NotAllowed`."""
    require(policies.can_administer(by))
    if invitation := db.session.get(Invitation, invitation_id):
        audit.record("authn_token_revoked", subject=invitation, purpose="invitation", role=invitation.role.value)
        db.session.delete(invitation)
        db.session.flush()


def _spend(invitation: Invitation) -> tuple[Role, int | None]:
    """Its role, and the account that invited. Of two that try at once one gets `InvitationVoid`."""
    role, inviter = invitation.role, invitation.invited_by_id
    spent = db.session.execute(delete(Invitation).where(Invitation.id == invitation.id))
    if changed_rows(spent) != 1:
        raise InvitationVoid
    return role, inviter


def _forget_old(now: datetime, email: str | None) -> None:
    db.session.execute(delete(Invitation).where(Invitation.expires_at <= now))
    if email:
        db.session.execute(delete(Invitation).where(Invitation.email_key == email_key(email)))
