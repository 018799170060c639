"""Pages of a list by keyset: a cursor names the row at the edge, never a page's number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_

from blog.web.forms import LARGEST_ID, storable

Row = TypeVar("Row")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[0-9]{1,18}")
_LONGEST_KEY = {datetime: 17, int: 9, str: 300}


@dataclass(frozen=True, slots=True)
class Cursor:
    """The edge of a page: what its list is ordered by and, for rows where that is the same, an id."""

    key: Any  # as the list has it: a moment, a number or a text
    id: int

    def __str__(self) -> str:
        """As it stands in an address: the key, of a moment the microseconds since 1970, and the id."""
        is_moment = isinstance(self.key, datetime)
        return f"{(self.key - _EPOCH) // timedelta(microseconds=1) if is_moment else self.key}-{self.id}"

    @classmethod
    def parse(cls, text: str | None, kind: type = datetime) -> "Cursor | None":
        """The cursor in an address of a list that is ordered by a `kind`; None if there is none or it is not ours."""
        key, hyphen, id_ = (text or "").rpartition("-")
        is_ours = len(key) <= _LONGEST_KEY[kind] and (kind is str or _NUMBER.fullmatch(key))
        if not is_ours or not _NUMBER.fullmatch(id_) or not hyphen:
            return None
        at = min(int(id_), LARGEST_ID)
        if kind is str:
            return cls(storable(key), at)
        if kind is int:
            return cls(int(key), at)
        return cls(min(_EPOCH + timedelta(microseconds=int(key)), _LATEST), at)


@dataclass(frozen=True, slots=True)
class Slice:
    """What part of a list is wanted: the rows older than `before`, or those newer than `after`, or the newest.

    In a list with another order the older ones are those that come later in it.
    """

    before: Cursor | None = None
    after: Cursor | None = None
    size: int = 10

    @classmethod
    def parse(cls, before: str | None, after: str | None, size: int, kind: type = datetime) -> "Slice":
        """From the query arguments, for a list that is ordered by a `kind`; `before` wins."""
        older = Cursor.parse(before, kind)
        return cls(before=older, after=None if older else Cursor.parse(after, kind), size=size)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, in the order of the list, and the cursors that lead on; None at an end."""

    rows: tuple[Row, ...]
    older: str | None = None
    newer: str | None = None

    @property
    def is_first(self) -> bool:
        """True for the page that a list begins with."""
        return self.newer is None


def is_older(key: Any, id_: Any, than: Any, than_id: Any) -> ColumnElement[bool]:
    """The condition on the columns `key` and `id_` that a row stands before an edge; an index serves it.

    Comparing the two as one tuple would say the same, but MariaDB then reads the whole table.
    """
    return and_(key <= than, or_(key < than, id_ < than_id))


def is_newer(key: Any, id_: Any, than: Any, than_id: Any) -> ColumnElement[bool]:
    """The condition that a row stands after an edge."""
    return and_(key >= than, or_(key > than, id_ > than_id))


def sliced(statement: Select[Row], wanted: Slice, key: Any, id_: Any, *, rising: bool = False) -> Select[Row]:
    """`statement` from the edge of `wanted` on, in the order of `page_of`; one row more than wanted tells of others.

    A list begins with the highest `key`, or if it is `rising` with the lowest.
    """
    statement, edge = statement.limit(wanted.size + 1), wanted.before or wanted.after
    upwards = rising is not bool(wanted.after)
    if edge:
        statement = statement.where((is_newer if upwards else is_older)(key, id_, edge.key, edge.id))
    return statement.order_by(key, id_) if upwards else statement.order_by(key.desc(), id_.desc())


def page_of(found: Sequence[Row], wanted: Slice, cursors: Sequence[Cursor]) -> Page[Row]:
    """The page made of `found`: up to `size + 1` rows from the edge on, in the order they were read.

    Rows after a cursor are read backwards; the page is in the list's order either way. `cursors` are those of the rows.
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
