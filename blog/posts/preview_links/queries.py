"""Finding preview links that still work."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from blog.auth.sessions import digest
from blog.db import db
from blog.posts import policies
from blog.posts.models import Post
from blog.posts.preview_links.models import PreviewLink
from blog.posts.queries import find_editable


def links_of(post_id: int, now: datetime) -> list[PreviewLink]:
    """The links of a post that still work, the newest first, with who made them."""
    return list(
        db.session.scalars(
            select(PreviewLink)
            .where(PreviewLink.post_id == post_id, PreviewLink.expires_at > now)
            .options(joinedload(PreviewLink.created_by))
            .order_by(PreviewLink.created_at.desc(), PreviewLink.id.desc())
        )
    )


def count_links(post_id: int, now: datetime) -> int:
    """How many links of a post still work."""
    working = (PreviewLink.post_id == post_id, PreviewLink.expires_at > now)
    return db.session.scalar(select(func.count()).where(*working)) or 0


def link_by_secret(secret: str, now: datetime) -> PreviewLink | None:
    """The link of an address, with who made it."""
    return db.session.scalar(
        select(PreviewLink)
        .where(PreviewLink.token_hash == digest(secret), PreviewLink.expires_at > now)
        .options(joinedload(PreviewLink.created_by))
    )


def post_shown_by(link: PreviewLink) -> Post | None:
    """The post of a link, unless it is in the trash; who may not work on it any more does not go on showing it."""
    post = find_editable(link.post_id, link.created_by) if policies.can_write(link.created_by) else None
    return post if post and not post.is_trashed else None
