"""Dates as they are written in front matter, file names and addresses."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, tzinfo=UTC)

_DATE = re.compile(
    r"""(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})
    (?:[T\s]++(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?
    (?:\s*+(?P<half>[AaPp][Mm]))?
    (?:\s*+(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?(?:\s++\S++)?)?""",
    re.VERBOSE,
)
_WRITTEN = (
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d %Y",
    "%b %d %Y",
    "%a %b %d %Y",
    "%A, %B %d, %Y",
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", ", %H:%M", " at %H:%M", " %H:%M:%S %z")

_IN_NAME = re.compile(r"(?P<year>\d{4})[-_](?P<month>\d{1,2})[-_](?P<day>\d{1,2})(?=[-_. ]|$)[-_. ]?")
_IN_PATH = re.compile(r"(?:^|/)(?P<year>(?:19[7-9]|20)\d{2})/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?=/|$|-)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, and what a calendar beside its author showed."""

    at: datetime
    """In UTC."""
    on_calendar: datetime


def read_moment(value: object, *, zone: tzinfo, day_zone: tzinfo) -> Moment | None:
    """The moment that `value` names; None if it names none from 1970 on.

    A time without a zone is one of `zone`, where the old site was; a day alone begins in `day_zone`, where the new
    one shows its dates, so that it stays the same day.
    """
    found = _parse(value)
    if found is None:
        return None
    if not isinstance(found, datetime):
        found = datetime.combine(found, time(), day_zone)
    elif found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    try:
        at = found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return Moment(at, found) if EARLIEST <= at <= LATEST else None


def date_in_name(name: str) -> tuple[date | None, str]:
    """The date that a file's or folder's name begins with, and the rest of the name."""
    if (match := _IN_NAME.match(name)) and (found := _day(match)):
        return found, name[match.end() :]
    return None, name


def date_in_path(path: str) -> date | None:
    """The date in an address such as `2016/07/25/title` or a folder such as `2016/07/25/`."""
    match = _IN_PATH.search(path)
    return _day(match) if match else None


def _parse(value: object) -> date | datetime | None:
    if isinstance(value, (datetime, date)):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = " ".join(str(value).split())
    if match := _DATE.fullmatch(text):
        return _from_match(match)
    if re.fullmatch(r"\d{9,13}(?:\.\d+)?", text):
        return _from_epoch(float(text))
    return _written_out(text)


def _written_out(text: str) -> date | datetime | None:
    """A date with the name of its month, as in `2 January 2006`, or of e-mail (RFC 5322)."""
    for day in _WRITTEN:
        for hour in _TIMES:
            try:
                found = datetime.strptime(text, day + hour)  # noqa: DTZ007  its zone is the caller's
            except ValueError:
                continue
            return found if hour else found.date()
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None


def _from_match(match: re.Match[str]) -> date | datetime | None:
    day = _day(match)
    if day is None or match["hour"] is None:
        return day
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    microsecond = int((match["part"] or "0").ljust(6, "0")[:6])
    try:
        return datetime(
            day.year,
            day.month,
            day.day,
            hour,
            int(match["minute"]),
            int(match["second"] or 0),
            microsecond,
            tzinfo=_offset(match["zone"]),
        )
    except ValueError:
        return day


def _offset(zone: str | None) -> tzinfo | None:
    if not zone:
        return None
    if zone in ("Z", "UTC", "GMT"):
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if zone[0] == "-" else offset)


def _from_epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
