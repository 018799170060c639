"""Pages of a list by keyset: a cursor names the row at the edge, never a page's number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_

Row = TypeVar("Row")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The edge of a page: a moment and, for rows of the same moment, an id."""

    moment: datetime
    id: int

    def __str__(self) -> str:
        """As it stands in an address: microseconds since 1970 and the id."""
        return f"{(self.moment - _EPOCH) // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def parse(cls, text: str | None) -> "Cursor | None":
        """The cursor in an address; None if there is none or it is not one of ours."""
        match = re.fullmatch(r"([0-9]{1,17})-([0-9]{1,18})", text or "", re.ASCII)
        if match is None:
            return None
        moment = _EPOCH + timedelta(microseconds=int(match[1]))
        return cls(min(moment, _LATEST), int(match[2]))


@dataclass(frozen=True, slots=True)
class Slice:
    """What part of a list is wanted: the rows older than `before`, or those newer than `after`, or the newest."""

    before: Cursor | None = None
    after: Cursor | None = None
    size: int = 10

    @classmethod
    def parse(cls, before: str | None, after: str | None, size: int) -> "Slice":
        """From the query arguments; `before` wins."""
        older = Cursor.parse(before)
        return cls(before=older, after=None if older else Cursor.parse(after), size=size)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, newest first, and the cursors that lead on; None at an end."""

    rows: tuple[Row, ...]
    older: str | None = None
    newer: str | None = None

    @property
    def is_first(self) -> bool:
        """True for the page that a list begins with."""
        return self.newer is None


def is_older(moment: Any, id_: Any, than: Any, than_id: Any) -> ColumnElement[bool]:
    """The condition on the columns `moment` and `id_` that a row stands before an edge; an index serves it.

    Comparing the two as one tuple would say the same, but MariaDB then reads the whole table.
    """
    return and_(moment <= than, or_(moment < than, id_ < than_id))


def is_newer(moment: Any, id_: Any, than: Any, than_id: Any) -> ColumnElement[bool]:
    """The condition that a row stands after an edge."""
    return and_(moment >= than, or_(moment > than, id_ > than_id))


def sliced(statement: Select[Row], wanted: Slice, moment: Any, id_: Any) -> Select[Row]:
    """`statement` from the edge of `wanted` on, in the order of `page_of`; one row more than wanted tells of others."""
    statement = statement.limit(wanted.size + 1)
    if wanted.after:
        newer = is_newer(moment, id_, wanted.after.moment, wanted.after.id)
        return statement.where(newer).order_by(moment, id_)
    if wanted.before:
        statement = statement.where(is_older(moment, id_, wanted.before.moment, wanted.before.id))
    return statement.order_by(moment.desc(), id_.desc())


def page_of(found: Sequence[Row], wanted: Slice, cursors: Sequence[Cursor]) -> Page[Row]:
    """The page made of `found`: up to `size + 1` rows from the edge on, in the order they were read.

    Rows after a cursor are read oldest first; the page is newest first either way. `cursors` are those of the rows.
    """
    more = len(found) > wanted.size
    rows, edges = list(found[: wanted.size]), list(cursors[: wanted.size])
    if wanted.after:
        rows.reverse()
        edges.reverse()
    has_older = more if not wanted.after else True
    has_newer = more if wanted.after else wanted.before is not None
    return Page(
        rows=tuple(rows),
        older=str(edges[-1]) if edges and has_older else None,
        newer=str(edges[0]) if edges and has_newer else None,
    )
