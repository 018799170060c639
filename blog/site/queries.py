"""Reading the audit log, and what it knows of ids."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from blog.db import db
from blog.site.models import AuditEvent
from blog.web.pagination import Cursor, Page, Slice, page_of, sliced


def next_id(model: Any, kind: str, *named_in: Any) -> int | None:
    """The id of the next row of `model` on SQLite, which by itself gives the highest one out again when its row is
    gone; None on the servers, which never do.

    What it is named by outlives it: in the audit log as a subject of this `kind` and in the columns `named_in`, and in
    people's browsers. None of that must become another's. Who writes on SQLite stands in line, so of two at once each
    gets its own.
    """
    if db.session.connection().dialect.name != "sqlite":
        return None
    named = [select(func.max(column)) for column in (model.id, *named_in)]
    named.append(select(func.max(AuditEvent.subject_id)).where(AuditEvent.subject_kind == kind))
    return 1 + max(db.session.scalar(one) or 0 for one in named)


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
