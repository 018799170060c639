"""The list of what somebody may work on: by state, searched, filtered, in one order or another."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from blog import clock
from blog.auth.current import login_required, member
from blog.auth.models import User
from blog.auth.names import username_key
from blog.posts import policies, queries, search
from blog.posts.asking import writer
from blog.posts.blueprint import blueprint
from blog.posts.models import TAG_LENGTH
from blog.posts.notes.queries import count_notes
from blog.posts.queries import DESK_ORDERS, DESK_STATES, DeskFilter
from blog.posts.text import slugify
from blog.site.current import current_site
from blog.web.forms import storable
from blog.web.pagination import Slice

POSTS_PER_PAGE = 30
CHOICES_SHOWN = 200
"""Tags, and authors, that are offered to be chosen; others can be typed."""
FIRST_YEAR, LAST_YEAR = 1970, 9998
_NAME_LENGTH = 40
_ORDERS = {
    "drafts": ("changed", "title"),
    "review": ("changed", "title"),
    "scheduled": ("changed", "published", "title"),
    "published": ("changed", "published", "title", "comments"),
    "trash": ("changed", "title"),
}
"""Which orders say something in which state; the first one is that of a list where nothing was asked."""


@blueprint.get("/write/")
@blueprint.get(f"/write/<any({','.join(DESK_STATES)}):state>")
@login_required
def list_my_posts(state: str = "drafts") -> str:
    """The posts of one state that this person may work on and asked for, with the counts of all states."""
    writer()
    return show_list(state)


@dataclass(frozen=True)
class Asked:
    """What was asked for, as it stands in the address; None where nothing was."""

    q: str | None
    tag: str | None
    author: str | None
    year: int | None
    month: int | None
    sort: str | None

    @classmethod
    def of(cls, arguments: Mapping[str, str], user: User, state: str, now: datetime) -> "Asked":
        """From the query arguments; what makes no sense asks for nothing."""
        month = _number(arguments, "month", 1, 12)
        year = _number(arguments, "year", FIRST_YEAR, LAST_YEAR)
        sort = arguments.get("sort")
        return cls(
            q=_typed(arguments, "q", search.QUERY_LENGTH),
            tag=_typed(arguments, "tag", TAG_LENGTH),
            author=_typed(arguments, "author", _NAME_LENGTH) if user.is_editor else None,
            year=now.astimezone(current_site().zone).year if month and not year else year,
            month=month,
            sort=sort if sort in _ORDERS[state][1:] else None,
        )

    @property
    def filters(self) -> bool:
        """True if less than everything is asked for."""
        return bool(self.q or self.tag or self.author or self.year)

    def filter(self) -> DeskFilter:
        """The posts that are meant; years and months begin where the site is."""
        return DeskFilter(
            matching=search.matching(self.q) if self.q else None,
            tag=slugify(self.tag, default="") if self.tag else None,
            author=username_key(self.author) if self.author else None,
            since=_beginning(self.year, self.month or 1) if self.year else None,
            until=_beginning(*_following(self.year, self.month)) if self.year else None,
        )


def asked_now(state: str) -> dict[str, Any]:
    """What the address asks for, as query arguments of the list, with its page."""
    here = {name: request.args.get(name) for name in ("before", "after")}
    return asdict(Asked.of(request.args, member(), state, clock.now())) | here


def show_list(state: str, problem: str | None = None, chosen: tuple[int, ...] = ()) -> str:
    """The page of what the address asks for; `problem` is why nothing was done to those that were `chosen`."""
    user, now = member(), clock.now()
    asked = Asked.of(request.args, user, state, now)
    wanted, order = asked.filter(), asked.sort or _ORDERS[state][0]
    part = Slice.parse(request.args.get("before"), request.args.get("after"), POSTS_PER_PAGE, DESK_ORDERS[order].kind)
    page = queries.desk_posts(user, state, part, now, asked=wanted, order=order)
    return render_template(
        "write/list.html",
        state=state,
        problem=problem,
        chosen=chosen,
        here=asked_now(state),
        asked=asked,
        search=asdict(asked),
        order=order,
        orders={name: label for name, label in _order_names(state).items() if name in _ORDERS[state]},
        page=page,
        notes=count_notes([post.id for post in page.rows]),
        counts=queries.desk_counts(user, now, wanted),
        publishes=policies.publishes_alone(user, current_site()),
        years=_years(user, state, asked.year, now),
        tags=queries.tag_names(user, CHOICES_SHOWN),
        authors=queries.writer_names(CHOICES_SHOWN) if user.is_editor else [],
    )


def _order_names(state: str) -> dict[str, str]:
    return {
        "changed": _("Last changed first"),
        "published": _("Last to go out first") if state == "scheduled" else _("Newest first"),
        "title": _("By title"),
        "comments": _("Most comments first"),
    }


def _years(user: User, state: str, asked: int | None, now: datetime) -> list[int]:
    """The years to choose from, the last one first."""
    zone, span = current_site().zone, queries.desk_span(user, state, now)
    years = {asked} if asked else set()
    if span:
        years |= set(range(span[0].astimezone(zone).year, span[1].astimezone(zone).year + 1))
    return sorted(years, reverse=True)


def _typed(arguments: Mapping[str, str], name: str, longest: int) -> str | None:
    return storable(arguments.get(name, "")).strip()[:longest] or None


def _number(arguments: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """A number of digits as everybody types them; what is none, or none that can be, asks for nothing."""
    text = arguments.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 and least <= int(text) <= most else None


def _beginning(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=current_site().zone)


def _following(year: int, month: int | None) -> tuple[int, int]:
    """The month after a month; after a year, the first one of the next."""
    return (year, month + 1) if month and month < 12 else (year + 1, 1)
