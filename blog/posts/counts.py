"""Kept counts of what readers see, by author, tag and month.

A post is counted when it becomes visible through a write. One that becomes visible because its hour came is counted
by `count_due`, at the next write or by the housekeeping; until then a reader adds it from an index (`due`).
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select, update
from sqlalchemy.orm import selectinload

from blog.auth.models import User
from blog.db import db
from blog.posts.models import MonthCount, Post, Tag, post_tags
from blog.posts.queries import TagRow, visible
from blog.site.settings import read_settings

BATCH = 500


@dataclass(frozen=True)
class Due:
    """The visible posts that are not in the kept counts yet."""

    authors: Counter[int] = field(default_factory=Counter)
    tags: Counter[int] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """The month of a moment on the site's calendar, as in `2026-11`."""
    return moment.astimezone(zone).strftime("%Y-%m")


@contextlib.contextmanager
def recounted(post: Post, now: datetime) -> Iterator[None]:
    """Change `post` inside: it leaves the counts as it was and enters them as it becomes."""
    zone = read_settings().zone
    if post.is_counted:
        _count(post, -1, zone)
    yield
    db.session.flush()
    post.is_counted = post.is_live(now)
    if post.is_counted:
        _count(post, +1, zone)
    db.session.flush()


def count_due(now: datetime) -> int:
    """Count the posts whose hour has come since; return how many."""
    zone = read_settings().zone
    due = db.session.scalars(
        select(Post)
        .where(Post.is_counted.is_(False), visible(now))
        .options(selectinload(Post.tags))
        .limit(BATCH)
        .with_for_update()
    ).all()
    for post in due:
        _count(post, +1, zone)
        post.is_counted = True
    db.session.flush()
    return len(due)


def recount_all(now: datetime) -> None:
    """Make every count anew: after the site's time zone changed, or when `flask check` found one wrong."""
    zone = read_settings().zone
    db.session.execute(update(User).values(post_count=0))
    db.session.execute(update(Tag).values(post_count=0))
    db.session.execute(MonthCount.__table__.delete())  # type: ignore[attr-defined]  # a Table, typed as FromClause
    db.session.execute(update(Post).values(is_counted=False), execution_options={"synchronize_session": False})
    db.session.expire_all()
    counted = Due()
    for author_id, moment in db.session.execute(select(Post.author_id, Post.published_at).where(visible(now))):
        counted.authors[author_id] += 1
        if moment is not None:
            counted.months[month_of(moment, zone)] += 1
    counted.tags.update(
        db.session.scalars(select(post_tags.c.tag_id).join(Post, Post.id == post_tags.c.post_id).where(visible(now)))
    )
    for user_id, count in counted.authors.items():
        db.session.execute(update(User).where(User.id == user_id).values(post_count=count))
    for tag_id, count in counted.tags.items():
        db.session.execute(update(Tag).where(Tag.id == tag_id).values(post_count=count))
    db.session.add_all(MonthCount(month=month, post_count=count) for month, count in counted.months.items())
    db.session.execute(
        update(Post).where(visible(now)).values(is_counted=True), execution_options={"synchronize_session": False}
    )
    db.session.flush()


def due(now: datetime) -> Due:
    """What a reader adds to the kept counts at this moment."""
    zone = read_settings().zone
    counted = Due()
    rows = db.session.execute(
        select(Post.id, Post.author_id, Post.published_at).where(Post.is_counted.is_(False), visible(now))
    ).all()
    for row in rows:
        counted.authors[row.author_id] += 1
        counted.months[month_of(row.published_at, zone)] += 1
    if rows:
        counted.tags.update(
            db.session.scalars(select(post_tags.c.tag_id).where(post_tags.c.post_id.in_([row.id for row in rows])))
        )
    return counted


def tags_with_counts(now: datetime) -> list[tuple[TagRow, int]]:
    """Every tag that readers find posts under, by name, with how many."""
    more = due(now).tags
    rows = db.session.execute(
        select(Tag.id, Tag.slug, Tag.name, Tag.post_count).where((Tag.post_count > 0) | Tag.id.in_(list(more)))
    )
    found = [(TagRow(row.slug, row.name), row.post_count + more[row.id]) for row in rows]
    return sorted(found, key=lambda pair: pair[0].name.casefold())


def years_with_counts(now: datetime) -> list[tuple[int, int, list[tuple[int, int]]]]:
    """Every year with posts, newest first: year, count, and its months, newest first, with theirs."""
    months = Counter(dict(db.session.execute(select(MonthCount.month, MonthCount.post_count)).all()))
    months.update(due(now).months)
    years: dict[int, list[tuple[int, int]]] = {}
    for month, count in sorted(months.items(), reverse=True):
        if count > 0:
            years.setdefault(int(month[:4]), []).append((int(month[5:]), count))
    return [(year, sum(count for _, count in found), found) for year, found in years.items()]


def _count(post: Post, step: int, zone: ZoneInfo) -> None:
    assert post.published_at is not None, "only published posts are counted"  # noqa: S101
    db.session.execute(
        update(User).where(User.id == post.author_id).values(post_count=User.post_count + step),
        execution_options={"synchronize_session": False},
    )
    # From the rows, not from `post.tags`: what is counted is what stands in the database.
    tag_ids = select(post_tags.c.tag_id).where(post_tags.c.post_id == post.id).scalar_subquery()
    db.session.execute(
        update(Tag).where(Tag.id.in_(tag_ids)).values(post_count=Tag.post_count + step),
        execution_options={"synchronize_session": False},
    )
    month = month_of(post.published_at, zone)
    changed = db.session.execute(
        update(MonthCount).where(and_(MonthCount.month == month)).values(post_count=MonthCount.post_count + step),
        execution_options={"synchronize_session": False},
    )
    if changed.rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
        db.session.add(MonthCount(month=month, post_count=step))
        db.session.flush()
