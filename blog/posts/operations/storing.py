"""Putting a text into a post, with all that hangs on it: what the operations on posts share."""

import re
from collections.abc import Iterable
from datetime import datetime

from blog.db import constraint_as, db
from blog.markdown import RENDERER_VERSION, Document
from blog.media.queries import ids_behind
from blog.posts import pictures, queries
from blog.posts.linking import keep_links
from blog.posts.models import (
    CO_AUTHORS_AT_MOST,
    EXCERPT_LENGTH,
    CoAuthor,
    OldSlug,
    Post,
    StoredHeading,
    Tag,
)
from blog.posts.operations.drafts import Draft, SlugTaken
from blog.posts.operations.series import put_into_series
from blog.posts.revisions.queries import pending_of
from blog.posts.revisions.texts import FIELDS
from blog.posts.search import index_post
from blog.posts.text import slugify, with_number

_COLUMNS = [name for name in FIELDS if name not in ("slug", "tags", "series", "series_number", "co_authors", "picture")]


def fill(post: Post, draft: Draft, tags: list[Tag], now: datetime) -> None:
    """Put what was typed into the post, which is not flushed yet. Raises `SlugTaken`."""
    post.co_authors = _co_authors(post, draft.text.co_authors)
    post.slug = _slug_for(post, draft)
    for name in _COLUMNS:
        setattr(post, name, getattr(draft.text, name))
    post.picture_id = min(ids_behind([draft.text.picture]), default=None) if draft.text.picture else None
    post.tags = tags
    post.updated_at = now
    post.edit_number += 1
    store(post, draft.document)


def follow(post: Post, draft: Draft, now: datetime) -> None:
    """What hangs on a text that a person has stored follows it: series, links, the search, the pictures in it."""
    put_into_series(post, draft.text.series, draft.text.series_number)
    keep_links(post, draft.document, now)
    index_post(post, draft.document.text)
    pictures.catch_up(post.id, post.body_html, note_pictures(post))


def store(post: Post, document: Document) -> None:
    """Put what was rendered into the post."""
    post.body_html = document.html
    post.summary = document.excerpt[:EXCERPT_LENGTH]
    post.headings = [StoredHeading(level=one.level, id=one.id, text=one.text) for one in document.headings]
    post.words = document.words
    post.renderer_version = RENDERER_VERSION


def note_pictures(post: Post) -> set[int]:
    """What waits to be published counts: nobody is to delete a picture that is in it."""
    pending = pending_of(post.id)
    waiting = f"{pending.body} /media/{pending.picture}" if pending else ""
    return pictures.note_pictures(post.id, post.body_html, waiting)


def keep_address(post: Post, was: str) -> None:
    """Let the address that readers know lead to the new one; one that is taken back stops redirecting."""
    if post.slug == was:
        return
    if back := db.session.get(OldSlug, post.slug):
        db.session.delete(back)
    if db.session.get(OldSlug, was) is None:
        db.session.add(OldSlug(slug=was, post_id=post.id))


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags with these names, made where they are new. Of two people who make one at once both get the same."""
    wanted = {slugify(name): name for name in names}
    tags = queries.tags_by_slug(wanted)
    for slug, name in wanted.items():
        if slug not in tags:
            tags[slug] = _make_tag(slug, name)
    return [tags[slug] for slug in wanted]


def free_slug(text: str, *, but: int | None = None) -> str:
    """A slug made of `text` that no other post has or had."""
    slug = slugify(text)
    taken = queries.taken_slugs(slug, but=but)
    number = 1
    while with_number(slug, number) in taken:
        number += 1
    return with_number(slug, number)


def _co_authors(post: Post, names: Iterable[str]) -> list[CoAuthor]:
    """Those with these names who may write, or who write it already; the author is none of them."""
    held = {one.user_id: one for one in post.co_authors}
    chosen = [user for user in queries.users_called(names) if user.can_write or user.id in held]
    wanted = []
    for place, user in enumerate([user for user in chosen if user.id != post.author_id][:CO_AUTHORS_AT_MOST], start=1):
        one = held.get(user.id) or CoAuthor(user_id=user.id)
        one.place = place
        wanted.append(one)
    return wanted


def _slug_for(post: Post, draft: Draft) -> str:
    """The slug that was typed; else the one it has, but a draft's follows its title."""
    typed = draft.slug
    if typed and typed != post.slug:
        if typed in queries.taken_slugs(typed, but=post.id):
            raise SlugTaken
        return typed
    if post.slug and not _follows_title(post):
        return post.slug
    return free_slug(draft.text.title, but=post.id)


def _follows_title(post: Post) -> bool:
    """True for a draft that no reader ever saw and whose slug was made of its title."""
    made = slugify(post.title)
    return (
        post.is_draft
        and post.published_at is None
        and re.fullmatch(rf"{re.escape(made)}(-[0-9]+)?", post.slug) is not None
    )


def _make_tag(slug: str, name: str) -> Tag:
    tag = Tag(slug=slug, name=name)
    try:
        with constraint_as(SlugTaken()):
            db.session.add(tag)
    except SlugTaken:
        return queries.tags_by_slug([slug])[slug]
    return tag
