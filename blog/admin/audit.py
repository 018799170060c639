"""The audit log: who did what, when, and from where."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from flask import render_template, request

from blog import clock
from blog.admin import audit_words
from blog.admin.audit_particulars import particulars
from blog.admin.blueprint import blueprint
from blog.auth.queries import user_by_username, users_by_ids
from blog.comments.queries import titles_commented
from blog.site.current import current_site
from blog.site.models import ADDRESS_LENGTH, NAME_LENGTH, AuditEvent
from blog.site.queries import EventFilter, find_events
from blog.web.forms import storable
from blog.web.pagination import Slice

EVENTS_PER_PAGE = 50


@blueprint.get("/audit")
def list_events() -> str:
    """What happened, the newest first; all of it, or what was asked for."""
    wanted = Slice.parse(request.args.get("before"), request.args.get("after"), EVENTS_PER_PAGE)
    search = _search()
    page = find_events(search.filter(), wanted)
    return render_template(
        "admin/audit.html",
        page=page,
        search=asdict(search),
        words=audit_words,
        particulars=particulars,
        names=_names(page.rows),
        commented=titles_commented(
            [event.subject_id for event in page.rows if event.subject_kind == "comment"], clock.now()
        ),
    )


def _names(events: Sequence[AuditEvent]) -> dict[object, str]:
    """The user names of those who invited somebody, by the ids of their accounts."""
    found = (event.details.get("invited_by_account") for event in events)
    ids = {one for one in found if isinstance(one, int)}
    return {user.id: user.username for user in users_by_ids(sorted(ids))} if ids else {}


@dataclass(frozen=True)
class Search:
    """What was asked for, as it stands in the address; None where nothing was."""

    group: str | None
    person: str | None
    address: str | None
    since: date | None
    until: date | None

    def filter(self) -> EventFilter:
        """The events that are meant; days begin where the site is."""
        user = user_by_username(self.person) if self.person else None
        return EventFilter(
            events=audit_words.events_of(self.group),
            person=self.person or "",
            person_id=user.id if user else None,
            address=self.address or "",
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until + timedelta(days=1)) if self.until else None,
        )


def _search() -> Search:
    group = request.args.get("group")
    return Search(
        group=group if group in audit_words.GROUPS else None,
        person=_typed("person", NAME_LENGTH),
        address=_typed("address", ADDRESS_LENGTH),
        since=_day("since"),
        until=_day("until"),
    )


def _typed(name: str, longest: int) -> str | None:
    return storable(request.args.get(name, "")).strip()[:longest] or None


def _day(name: str) -> date | None:
    """A day as a date field sends it; what is none, or can't be counted from, asks for nothing."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None


def _midnight(day: date) -> datetime:
    """When the day begins where the site is."""
    return datetime.combine(day, time(), tzinfo=current_site().zone)
