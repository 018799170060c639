"""Reading the audit log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from blog.db import db
from blog.site.models import AuditEvent
from blog.web.pagination import Cursor, Page, Slice, page_of, sliced


@dataclass(frozen=True)
class EventFilter:
    """Which events are wanted."""

    events: frozenset[str] | None = None
    """Of these kinds only."""
    person: str = ""
    """Done by or to the account that has this user name, or had it then."""
    person_id: int | None = None
    """The id of that account, if there is one now."""
    address: str = ""
    """What the network address begins with."""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What is asked of each event."""
        wanted: list[ColumnElement[bool]] = []
        if self.events is not None:
            wanted.append(AuditEvent.event.in_(self.events))
        if self.person:
            wanted.append(or_(*self._who()))
        if self.address:
            wanted.append(AuditEvent.address.startswith(self.address, autoescape=True))
        if self.since:
            wanted.append(AuditEvent.at >= self.since)
        if self.until:
            wanted.append(AuditEvent.at < self.until)
        return wanted

    def _who(self) -> list[ColumnElement[bool]]:
        about_people = AuditEvent.subject_kind == "user"
        if self.person_id is not None:
            return [AuditEvent.actor_id == self.person_id, and_(about_people, AuditEvent.subject_id == self.person_id)]
        return [AuditEvent.actor_name == self.person, and_(about_people, AuditEvent.subject_label == self.person)]


def find_events(wanted: EventFilter, part: Slice) -> Page[AuditEvent]:
    """The events that are wanted, the newest first."""
    statement = select(AuditEvent).where(*wanted.conditions())
    found = db.session.scalars(sliced(statement, part, AuditEvent.at, AuditEvent.id)).all()
    return page_of(found, part, [Cursor(event.at, event.id) for event in found])
