"""Making anew what was made of posts: their HTML, their rows in the search index, their last revisions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from blog import clock, jobs
from blog.auth.models import User
from blog.db import db, transaction
from blog.markdown import RENDERER_VERSION
from blog.posts import operations, search
from blog.posts.linking import RENEWAL, linking_to, targets_of
from blog.posts.models import Post
from blog.posts.pictures import posts_with
from blog.posts.rendering import render_body
from blog.posts.revisions.keeping import keep_what_stands

LEASE = timedelta(minutes=10)


def every_post() -> list[int]:
    """The ids of all posts."""
    return list(db.session.scalars(select(Post.id).order_by(Post.id)))


def outdated_posts() -> list[int]:
    """The ids of the posts that an older renderer made."""
    return list(db.session.scalars(select(Post.id).where(Post.renderer_version < RENDERER_VERSION).order_by(Post.id)))


def render_posts(ids: list[int]) -> Iterator[int]:
    """Render posts anew, each in a transaction of its own; yields their ids as they are done."""
    for post_id in ids:
        while not _renew(post_id, html=True):
            pass  # edited while it was rendered
        yield post_id


def index_posts(ids: list[int]) -> Iterator[int]:
    """Put posts into the search index anew, each in a transaction of its own; yields their ids as they are done."""
    for post_id in ids:
        while not _renew(post_id, html=False):
            pass  # edited while it was rendered
        yield post_id


def keep_posts(ids: list[int], *, now: datetime) -> None:
    """Keep what these posts say in a revision, each in a transaction of its own."""
    for post_id in ids:
        with transaction():
            db.session.execute(select(Post.id).where(Post.id == post_id).with_for_update())
            if post := db.session.get(Post, post_id):
                keep_what_stands(post, now=now)


def remove_strays() -> int:
    """Take rows without a post out of the search index; return how many there were."""
    with transaction():
        strays = search.index_gaps().strays
        for post_id in strays:
            search.remove_from_index(post_id)
    return len(strays)


@jobs.slow_handler("posts.render", lease=LEASE)
def render_one(payload: dict[str, Any]) -> None:
    """Render a post anew, since something that it shows has changed."""
    list(render_posts([payload["post_id"]]))


@jobs.slow_handler("media.show_anew", lease=LEASE)
def render_posts_with(payload: dict[str, Any]) -> None:
    """Render every post anew that shows a picture, which has got variants, another description or another content."""
    with transaction():
        ids = posts_with(payload["media_id"])
    list(render_posts(ids))


@jobs.slow_handler(RENEWAL, lease=LEASE)
def renew_links(payload: dict[str, Any]) -> None:
    """Render every post anew whose links show something else now."""
    list(render_posts(payload["from"] if "from" in payload else linking_to(payload["to"])))


def _renew(post_id: int, *, html: bool) -> bool:
    """False if the post was edited in between. The rendering itself holds up no writer."""
    columns = select(Post.body, Post.language, Post.author_id)
    found = db.session.execute(columns.where(Post.id == post_id)).one_or_none()
    if found is None:
        return True  # deleted meanwhile
    body, language, author_id = found
    now, author = clock.now(), db.session.get_one(User, author_id)
    targets = targets_of(body, post_id=post_id, user=author, now=now)
    document = render_body(body, language=language, targets=targets)
    with transaction():
        db.session.execute(select(Post.id).where(Post.id == post_id).with_for_update())
        post = db.session.scalar(
            select(Post)
            .where(Post.id == post_id, Post.body == body, Post.language.is_not_distinct_from(language))
            .options(selectinload(Post.tags))
        )
        if post is None:
            return False
        if html:
            operations.render_again(post, document, now)
        else:
            search.index_post(post, document.text)
    return True
