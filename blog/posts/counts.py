"""Kept counts of what readers see, by author, tag and month.

A post is counted when it becomes visible through a write. One that becomes visible because its hour came is counted
by `count_due`, at the next publication or start of the server; until then a reader adds it from an index (`due`).
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, not_, or_, select, update
from sqlalchemy.orm import selectinload

from blog.auth.models import User
from blog.db import changed_rows, db
from blog.posts.models import CoAuthor, MonthCount, Post, Tag, post_tags
from blog.posts.queries import TagRow, visible
from blog.site.settings import read_settings

BATCH = 500


@dataclass(frozen=True)
class Due:
    """The visible posts that are not in the kept counts yet."""

    authors: Counter[int] = field(default_factory=Counter)
    tags: Counter[int] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class WrongCount:
    """A kept count, and what it should be."""

    of: str
    kept: int
    counted: int


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """The month of a moment on the site's calendar, as in `2026-11`."""
    return moment.astimezone(zone).strftime("%Y-%m")


@contextlib.contextmanager
def recounted(post: Post, now: datetime) -> Iterator[None]:
    """Change `post` inside: it leaves the counts as it was and enters them as it becomes.

    What readers do not find any more is pinned no longer.
    """
    zone = read_settings().zone
    if post.is_counted:
        _count(post, -1, zone)
    yield
    db.session.flush()
    post.is_counted = post.is_listed(now)
    if post.is_counted:
        _count(post, +1, zone)
    else:
        post.pinned_at = None
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


def uncount_posts_of(author: User) -> None:
    """Take all posts of `author` out of the counts, before they are removed."""
    counted = _tally(and_(Post.author_id == author.id, Post.is_counted.is_(True)))
    author.post_count = 0
    del counted.authors[author.id]
    for user_id, count in sorted(counted.authors.items()):
        db.session.execute(update(User).where(User.id == user_id).values(post_count=User.post_count - count))
    for tag_id, count in sorted(counted.tags.items()):
        db.session.execute(update(Tag).where(Tag.id == tag_id).values(post_count=Tag.post_count - count))
    for month, count in sorted(counted.months.items()):
        db.session.execute(
            update(MonthCount).where(MonthCount.month == month).values(post_count=MonthCount.post_count - count)
        )
    db.session.flush()


def recount_all(now: datetime) -> None:
    """Make every count anew: after the site's time zone changed, or when `flask check` found one wrong."""
    # The posts first: whoever publishes one meanwhile holds it, and waits for the same counts in the same order.
    db.session.execute(update(Post).values(is_counted=False), execution_options={"synchronize_session": False})
    db.session.execute(update(User).values(post_count=0))
    db.session.execute(update(Tag).values(post_count=0))
    db.session.execute(MonthCount.__table__.delete())  # type: ignore[attr-defined]  # a Table, typed as FromClause
    db.session.expire_all()
    counted = _tally(visible(now))
    for user_id, count in counted.authors.items():
        db.session.execute(update(User).where(User.id == user_id).values(post_count=count))
    for tag_id, count in counted.tags.items():
        db.session.execute(update(Tag).where(Tag.id == tag_id).values(post_count=count))
    db.session.add_all(MonthCount(month=month, post_count=count) for month, count in counted.months.items())
    db.session.execute(
        update(Post).where(visible(now)).values(is_counted=True), execution_options={"synchronize_session": False}
    )
    db.session.flush()


def wrong_counts(now: datetime) -> list[WrongCount]:
    """The kept counts that are not what counting gives."""
    counted = _tally(Post.is_counted.is_(True))
    authors = db.session.execute(select(User.id, User.username, User.post_count))
    tags = db.session.execute(select(Tag.id, Tag.slug, Tag.post_count))
    months = {row.month: row.post_count for row in db.session.execute(select(MonthCount.month, MonthCount.post_count))}
    unseen = or_(not_(visible(now)), Post.published_at.is_(None))
    counts = [
        *(WrongCount(f"author {row.username}", row.post_count, counted.authors[row.id]) for row in authors),
        *(WrongCount(f"tag {row.slug}", row.post_count, counted.tags[row.id]) for row in tags),
        *(
            WrongCount(f"month {month}", months.get(month, 0), counted.months[month])
            for month in sorted({*months, *counted.months})
        ),
        *(
            WrongCount(f"unpublished post {slug}", 1, 0)
            for slug in db.session.scalars(select(Post.slug).where(Post.is_counted.is_(True), unseen))
        ),
    ]
    return [count for count in counts if count.kept != count.counted]


def due(now: datetime) -> Due:
    """What a reader adds to the kept counts at this moment."""
    return _tally(and_(Post.is_counted.is_(False), visible(now)))


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


def _tally(condition: ColumnElement[bool]) -> Due:
    """The posts of a kind, counted one by one."""
    zone = read_settings().zone
    counted = Due()
    rows = db.session.execute(select(Post.author_id, Post.published_at).where(condition)).all()
    for author_id, moment in rows:
        counted.authors[author_id] += 1
        if moment is not None:
            counted.months[month_of(moment, zone)] += 1
    if rows:
        tag_ids = select(post_tags.c.tag_id).join(Post, Post.id == post_tags.c.post_id).where(condition)
        counted.tags.update(db.session.scalars(tag_ids))
        user_ids = select(CoAuthor.user_id).join(Post, Post.id == CoAuthor.post_id).where(condition)
        counted.authors.update(db.session.scalars(user_ids))
    return counted


def _count(post: Post, step: int, zone: ZoneInfo) -> None:
    assert post.published_at is not None, "only published posts are counted"  # noqa: S101
    # From the rows, not from `post.co_authors` and `post.tags`: what is counted is what stands in the database.
    with_others = select(CoAuthor.user_id).where(CoAuthor.post_id == post.id).scalar_subquery()
    db.session.execute(
        update(User)
        .where(or_(User.id == post.author_id, User.id.in_(with_others)))
        .values(post_count=User.post_count + step),
        execution_options={"synchronize_session": False},
    )
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
    if changed_rows(changed) == 0:
        db.session.add(MonthCount(month=month, post_count=step))
        db.session.flush()
