"""Finding invitations."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from blog.auth.invitations.models import Invitation
from blog.auth.sessions import digest
from blog.db import db


def open_invitations(now: datetime) -> list[Invitation]:
    """The invitations that nobody has used yet and that can still be used, the newest first, with who invited."""
    return list(
        db.session.scalars(
            select(Invitation)
            .where(Invitation.expires_at > now)
            .options(joinedload(Invitation.invited_by))
            .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        )
    )


def invitation_by_secret(secret: str, now: datetime) -> Invitation | None:
    """The invitation of a link, with who invited."""
    return db.session.scalar(
        select(Invitation)
        .where(Invitation.token_hash == digest(secret), Invitation.expires_at > now)
        .options(joinedload(Invitation.invited_by))
    )
