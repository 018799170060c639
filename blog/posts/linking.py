"""Links between posts: which post a name in `[[…]]` means, who links to whom, what a change of a post does to others.

A name is bound to a post when a text with it is saved, and stays so whatever the post is called later: the text is kept
as it was typed, the row beside it knows the id. What readers see of it, the address and the title, is in the HTML, so
that is made anew when the post moves, is renamed, appears or disappears.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from blog import jobs
from blog.auth.models import User
from blog.db import db
from blog.markdown import Document, Target, name_key, names_in
from blog.posts.models import OldSlug, Post, PostLink, PostStatus, Visibility
from blog.posts.queries import called_by_name, editable_by
from blog.posts.text import slugify

RENEWAL = "posts.links"
"""The job that renders posts again: those in `from`, or those that link to `to`."""


def targets_of(body: str, *, post_id: int | None, user: User, now: datetime) -> dict[str, Target]:
    """The posts that the names of a text mean, by `name_key`.

    A name that the text of this post had when it was last saved means the post that it meant then. Another one is
    looked for among the posts and pages that readers see or `user` may work on: by slug, by title, by a slug of before.
    """
    names = {name_key(name): " ".join(name.split()) for name in names_in(body)}
    if not names:
        return {}
    bound = _bound(post_id, names) if post_id else {}
    found = dict(bound)
    for key, wanted in _called([name for key, name in names.items() if key not in bound], user, now).items():
        found.setdefault(key, wanted)
    shown = _shown(set(found.values()), now)
    return {key: shown[target] for key, target in found.items() if target in shown}


def keep_links(post: Post, document: Document, now: datetime) -> None:
    """Write down whom the post links to; in the transaction that stores the document."""
    shown = _shown({target.id for target in document.links.values()}, now)
    wanted = {key: target.id for key, target in document.links.items() if target.id in shown}
    kept = {link.name: link for link in db.session.scalars(select(PostLink).where(PostLink.from_post_id == post.id))}
    for name, link in kept.items():
        if wanted.get(name) != link.to_post_id:
            db.session.delete(link)
    db.session.flush()
    fresh = {name: target for name, target in wanted.items() if name not in kept or kept[name].to_post_id != target}
    db.session.add_all(PostLink(from_post_id=post.id, name=name, to_post_id=target) for name, target in fresh.items())
    db.session.flush()
    if any(shown.get(target.id) != target for target in document.links.values()):
        jobs.add(RENEWAL, {"from": [post.id]})  # one of them changed while this was rendered
    for target, at in _appearing(set(wanted.values()), now):
        _renew_later(target, at)


def renew_links_to(post: Post, now: datetime) -> None:
    """Have the posts that link to this one rendered again, now that readers see another thing of it, or none."""
    if not db.session.scalar(select(PostLink.name).where(PostLink.to_post_id == post.id).limit(1)):
        return
    jobs.add(RENEWAL, {"to": post.id}, key=f"{RENEWAL} {post.id}")
    if post.is_scheduled(now) and post.published_at:
        _renew_later(post.id, post.published_at)


def renew_links_to_posts_of(author: User) -> None:
    """The same before all posts of `author` are removed."""
    theirs = select(Post.id).where(Post.author_id == author.id)
    linking = db.session.scalars(
        select(PostLink.from_post_id)
        .where(PostLink.to_post_id.in_(theirs), PostLink.from_post_id.not_in(theirs))
        .distinct()
    ).all()
    if linking:
        jobs.add(RENEWAL, {"from": list(linking)})


def linking_to(post_id: int) -> list[int]:
    """The ids of the posts that link to one."""
    found = select(PostLink.from_post_id).where(PostLink.to_post_id == post_id).distinct()
    return list(db.session.scalars(found.order_by(PostLink.from_post_id)))


def _bound(post_id: int, keys: Collection[str]) -> dict[str, int]:
    rows = db.session.execute(
        select(PostLink.name, PostLink.to_post_id).where(PostLink.from_post_id == post_id, PostLink.name.in_(keys))
    )
    return {row.name: row.to_post_id for row in rows}


def _called(names: Iterable[str], user: User, now: datetime) -> dict[str, int]:
    """The posts with these slugs or titles; of several with one title the newest."""
    slugs = {name: slugify(name, default="") for name in names}
    if not slugs:
        return {}
    possible = or_(called_by_name(now), editable_by(user) & (Post.status != PostStatus.TRASHED))
    wanted = {*slugs, *slugs.values()} - {""}
    rows = _rows(or_(Post.slug.in_(wanted), Post.title.in_(slugs)) & possible)
    by_slug = {row.slug: row.id for row in rows}
    by_title = {row.title: row.id for row in rows}
    once = select(OldSlug.slug, OldSlug.post_id).join(Post, Post.id == OldSlug.post_id)
    by_old_slug = {row.slug: row.post_id for row in db.session.execute(once.where(OldSlug.slug.in_(wanted), possible))}
    found: dict[str, int] = {}
    for name, slug in slugs.items():
        target = by_slug.get(name) or by_title.get(name) or by_slug.get(slug) or by_old_slug.get(slug)
        if target is not None:
            found[name_key(name)] = target
    return found


def _rows(condition: ColumnElement[bool]) -> list[Row[Any]]:
    return list(
        db.session.execute(
            select(Post.id, Post.slug, Post.title)
            .where(condition)
            .order_by(Post.published_at.is_not(None), Post.published_at, Post.id)
        )
    )


def _shown(ids: Collection[int], now: datetime) -> Mapping[int, Target]:
    """What readers may see of posts: the address of one that no list has is not told by its name."""
    if not ids:
        return {}
    rows = db.session.execute(
        select(Post.id, Post.slug, Post.title, Post.visibility, called_by_name(now).label("seen")).where(
            Post.id.in_(ids)
        )
    )
    return {
        row.id: Target(row.id, _address(row.slug, row.visibility), row.title) if row.seen else Target(row.id)
        for row in rows
    }


def _address(slug: str, visibility: Visibility) -> str:
    return f"/{'pages' if visibility is Visibility.PAGE else 'posts'}/{slug}"


def _appearing(ids: Collection[int], now: datetime) -> list[tuple[int, datetime]]:
    """Those of the posts whose hour is still to come, with their hours."""
    if not ids:
        return []
    rows = db.session.execute(
        select(Post.id, Post.published_at).where(
            Post.id.in_(ids), Post.status == PostStatus.PUBLISHED, Post.published_at > now
        )
    )
    return [(row.id, row.published_at) for row in rows]


def _renew_later(post_id: int, at: datetime) -> None:
    jobs.add(RENEWAL, {"to": post_id}, run_at=at, key=f"{RENEWAL} {post_id} {at.timestamp():.0f}")
