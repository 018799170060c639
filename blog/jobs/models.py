"""A job: a row until it is done."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Base, UTCDateTime

KIND_LENGTH = 60
KEY_LENGTH = 120
ERROR_LENGTH = 500


class Job(Base):
    """Something to be done at `due_at`, or again then, should whoever is at it never finish."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "dead_at", "due_at"), Base.__table_args__)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(KIND_LENGTH))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(KEY_LENGTH), unique=True)
    """What the job is about, until it is begun: a second one with this key would add nothing."""
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When it is to be done. Whoever takes it moves this past the time that they have: should they die, it is due."""
    tries: Mapped[int] = mapped_column(default=0)
    """How often it was taken; also tells a worker whether the job is still its own."""
    last_error: Mapped[str | None] = mapped_column(String(ERROR_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    dead_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it was given up; from then on it waits for an admin."""
