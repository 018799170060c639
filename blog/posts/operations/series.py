"""Putting posts into series."""

from datetime import datetime

from sqlalchemy import delete, select

from blog.auth.models import User
from blog.auth.policies import require
from blog.db import db
from blog.posts import queries
from blog.posts.models import Post, Series, SeriesPart
from blog.posts.text import slugify
from blog.site import audit


def put_into_series(post: Post, name: str, number: int | None) -> None:
    """Make the post a part of the series with this name, made where it is new; of none if the name is empty."""
    slug, part = slugify(name, default=""), db.session.get(SeriesPart, post.id)
    if not slug:
        if part:
            db.session.delete(part)
            remove_empty_series()
        return
    series = queries.series_by_slug(slug) or _make_series(slug, name)
    if part is None:
        db.session.add(SeriesPart(post_id=post.id, series_id=series.id, number=number))
        db.session.flush()
        return
    is_moved = part.series_id != series.id
    part.series_id, part.number = series.id, number
    if is_moved:
        remove_empty_series()
    db.session.flush()


def remove_empty_series() -> None:
    """Forget the series that no post is in any more, whatever its state."""
    db.session.flush()
    kept = select(SeriesPart.series_id)
    empty = db.session.scalars(select(Series.id).where(Series.id.not_in(kept))).all()
    if empty:
        db.session.execute(delete(Series).where(Series.id.in_(empty)))


def describe_series(series: Series, description: str, *, by: User, now: datetime) -> None:
    """Say what a series is about. Raises `NotAllowed`."""
    require(queries.find_editable_series(series.id, by, now) is not None)
    series.description = description
    db.session.flush()
    audit.record("series_described", subject=series)


def _make_series(slug: str, name: str) -> Series:
    series = Series(slug=slug, name=name)
    db.session.add(series)
    db.session.flush()
    return series
