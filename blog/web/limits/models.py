"""A counter of requests."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from blog.db import Base, UTCDateTime


class LimitCounter(Base):
    """How many requests one key has sent since its window began."""

    __tablename__ = "limit_counters"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The SHA-256 of what is counted, so that no address is stored."""
    hits: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    """When the window is over and counting begins anew."""
