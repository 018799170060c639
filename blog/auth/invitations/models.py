"""Invitations that are open."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.auth.models import EMAIL_LENGTH, Role, User
from blog.db import Base, UTCDateTime, by_value
from blog.site.audit import Subject


class Invitation(Base):
    """A link that makes an account of a role, once. Only the SHA-256 of its secret is here; when it is used it goes."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role] = mapped_column(by_value(Role, length=16))
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    """To whom it was sent, if it was; who has the link reads that mailbox."""
    email_key: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH), index=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """None for one that was made at the command line."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    invited_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    @property
    def subject(self) -> Subject:
        """How the audit log names it: not by the address, which is for those who invite alone."""
        return Subject("invitation", self.id, f"invitation {self.id} ({self.role.value})")
