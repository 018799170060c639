"""Hours as an author types and reads them: in their own time zone, and in the site's beside it where that differs."""

from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import format_datetime
from flask_babel import gettext as _

from blog.auth.current import signed_in
from blog.site.current import current_site

_DAY = "d MMMM yyyy, HH:mm"


class Oddity(StrEnum):
    """What clocks do at an hour that was typed."""

    SKIPPED = "skipped"
    REPEATED = "repeated"


def writers_zone() -> ZoneInfo:
    """The time zone of the one who is asking; the site's, if they chose none."""
    user, site = signed_in(), current_site()
    return ZoneInfo(user.time_zone) if user and user.time_zone else site.zone


def typed_moment(typed: datetime, zone: ZoneInfo) -> datetime:
    """The moment of an hour that was typed, in UTC.

    One that clocks skip is as much later as they are put forward; of one that comes twice the first is meant.
    """
    return typed.replace(tzinfo=zone).astimezone(UTC)


def oddity(typed: datetime, zone: ZoneInfo) -> Oddity | None:
    """Whether that hour is none, or comes twice."""
    first, second = (typed.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    is_there = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == typed
    return Oddity.REPEATED if is_there else Oddity.SKIPPED


def in_both(moment: datetime) -> str:
    """A moment in the site's time zone, and in the writer's behind it where clocks show something else there."""
    site, own = current_site(), writers_zone()
    ours, theirs = moment.astimezone(site.zone), moment.astimezone(own)
    said = str(format_datetime(moment, _DAY))
    if ours.replace(tzinfo=None) == theirs.replace(tzinfo=None):
        return said
    hour = format_datetime(theirs, "HH:mm" if ours.date() == theirs.date() else _DAY, rebase=False)
    return str(_("%(moment)s (%(hour)s in %(place)s)", moment=said, hour=hour, place=place_of(own)))


def place_of(zone: ZoneInfo) -> str:
    """What people call a time zone: its town."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def say_oddity(typed: datetime, zone: ZoneInfo) -> str | None:
    """What is to be said of an hour that is none, or comes twice; which one was taken."""
    taken = format_datetime(typed_moment(typed, zone).astimezone(zone), "HH:mm", rebase=False)
    asked = format_datetime(typed, "HH:mm", rebase=False)
    values = {"asked": asked, "taken": taken, "place": place_of(zone)}
    match oddity(typed, zone):
        case Oddity.SKIPPED:
            return str(_("Clocks in %(place)s skip %(asked)s on that day: it is %(taken)s.", **values))
        case Oddity.REPEATED:
            return str(_("It is %(asked)s twice in %(place)s on that day: the first time is meant.", **values))
    return None


def init_app(app: Flask) -> None:
    """Give templates the filter, and the zone of the one who writes."""
    app.jinja_env.filters["in_both"] = in_both
    app.jinja_env.globals["writers_zone"] = writers_zone
