"""What is to become of each article: whether its post is there already, and which slug it has or gets."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from blog.db import db
from blog.posts.models import OldSlug, Post, PostStatus
from blog.posts.queries import series_of
from blog.posts.text import slugify, with_number
from blog.transfer.addresses import Target
from blog.transfer.articles import Article

KEY_LENGTH = 255
BATCH = 500
HALF = 32
"""Hexadecimal digits of each of the two digests that a post remembers: 128 bits."""


@dataclass(frozen=True, slots=True)
class Known:
    """A post that an earlier import made."""

    id: int
    slug: str
    title: str
    published_at: datetime | None
    digest: str


@dataclass
class Plan:
    """One article on its way."""

    article: Article
    file: str
    """As reports name it."""
    key: str
    known: Known | None
    slug: str = ""
    targets: dict[tuple[str, bool], Target] = field(default_factory=dict)
    """Where its addresses lead, as links and as pictures."""
    digest: str = ""
    """Of what the folder says."""

    @property
    def address(self) -> str:
        """Where the post is, or will be."""
        return f"/posts/{self.slug}"

    @property
    def is_unchanged(self) -> bool:
        """True if the folder says what it said at the last import."""
        return self.known is not None and self.known.digest[:HALF] == self.digest


def make_plans(articles: Sequence[Article], files: Iterable[str]) -> list[Plan]:
    """A plan for each article, its slug settled, in the order of the articles."""
    known = _known_posts(articles)
    plans = [_plan(article, file, known) for article, file in zip(articles, files, strict=True)]
    taken = set(db.session.scalars(select(Post.slug))) | set(db.session.scalars(select(OldSlug.slug)))
    for plan in plans:
        plan.slug = plan.known.slug if plan.known else ""
    # Those whose old address is the very one that the blog would give them come first.
    for plan in sorted(plans, key=lambda plan: f"/posts/{_wish(plan.article)}" not in _paths(plan.article)):
        if not plan.slug:
            plan.slug = _free(_wish(plan.article), taken)
            taken.add(plan.slug)
    return plans


def source_digest(article: Article, links: list[tuple[str, bool, str]]) -> str:
    """Of what the folder says: the article's fields, and what its links lead to."""
    dated = article.published_at if not article.is_dated_by_file else None
    return _digest(
        [
            article.title,
            article.body,
            article.excerpt,
            str(dated),
            str(article.updated_at),
            article.is_draft,
            article.tags,
            article.comments_closed,
            article.picture,
            article.picture_caption,
            links,
            *([article.series, article.series_number] if article.series else []),
        ]
    )


def written_digest(post: Post) -> str:
    """Of what stands in a post now, as far as an import writes it and an author edits it."""
    status = post.status if post.status is not PostStatus.PUBLISHED else str(post.published_at)
    tags, series = sorted(tag.slug for tag in post.tags), series_of(post.id)
    return _digest(
        [
            post.title,
            post.body,
            post.excerpt,
            status,
            tags,
            post.picture_id,
            post.comments_closed,
            *(series if series[0] else ()),
        ]
    )


def _plan(article: Article, file: str, known: dict[str, Known]) -> Plan:
    """The plan of an article whose post is known by its key.

    Two folders may have a file of the same name: a post with nothing in common with the article is another's.
    """
    key = _key(article.key)
    found = known.get(key)
    if found and not _is_same(found, article):
        key = _key(article.key, article.title + str(article.published_at))
        found = known.get(key)
    return Plan(article, file, key, found)


def _is_same(known: Known, article: Article) -> bool:
    wish = _wish(article)
    return (
        known.title == article.title
        or known.published_at == article.published_at
        or known.slug == wish
        or known.slug.startswith(f"{wish}-")
    )


def _key(key: str, more: str = "") -> str:
    if more:
        return f"{key[: KEY_LENGTH - 20]}@{_digest([key, more])[:16]}"
    return key if len(key) <= KEY_LENGTH else f"{key[: KEY_LENGTH - 40]}~{_digest(key)}"


def _known_posts(articles: Sequence[Article]) -> dict[str, Known]:
    keys = [key for article in articles for key in _keys(article)]
    found: dict[str, Known] = {}
    for start in range(0, len(keys), BATCH):
        rows = db.session.execute(
            select(Post.import_key, Post.id, Post.slug, Post.title, Post.published_at, Post.import_digest).where(
                Post.import_key.in_(keys[start : start + BATCH])
            )
        )
        for row in rows:
            found[row.import_key] = Known(row.id, row.slug, row.title, row.published_at, row.import_digest or "")
    return found


def _keys(article: Article) -> Iterator[str]:
    yield _key(article.key)
    yield _key(article.key, article.title + str(article.published_at))


def _wish(article: Article) -> str:
    return slugify(article.slug, default="") or slugify(article.title)


def _paths(article: Article) -> set[str]:
    return {address.rstrip("/") for address in article.addresses}


def _free(slug: str, taken: set[str]) -> str:
    number = 1
    while with_number(slug, number) in taken:
        number += 1
    return with_number(slug, number)


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:HALF]
