"""What the site keeps about itself."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Base, UTCDateTime

NAME_LENGTH = 40
ADDRESS_LENGTH = 45
"""Of an IPv6 address at its longest."""
LABEL_LENGTH = 200


class Setting(Base):
    """One of the settings that an admin changes on a page; absent means the default."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[object] = mapped_column(JSON)


class Redirect(Base):
    """An address of the past, such as one of an imported site, and where it leads now."""

    __tablename__ = "redirects"

    path: Mapped[str] = mapped_column(String(512), primary_key=True)
    """The path without the slash at its end, percent-decoded, as in `/2016/07/25/conf-lineup.html`."""
    target: Mapped[str] = mapped_column(String(512))


class AuditEvent(Base):
    """One line of the audit log. A trigger refuses to change it, and to delete it while it is young.

    It refers to nobody by a foreign key, and says what things were called then: it outlives them.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "actor_id", "at", "id"),
        Index(None, "subject_kind", "subject_id", "at", "id"),
        Base.__table_args__,
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    event: Mapped[str] = mapped_column(String(60))
    """As in OWASP's Logging Vocabulary: `authn_login_success`."""
    via: Mapped[str] = mapped_column(String(16))
    address: Mapped[str | None] = mapped_column(String(ADDRESS_LENGTH))
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    subject_kind: Mapped[str | None] = mapped_column(String(20))
    subject_id: Mapped[int | None] = mapped_column(Integer)
    subject_label: Mapped[str | None] = mapped_column(String(LABEL_LENGTH))
    details: Mapped[dict[str, object]] = mapped_column(JSON)
