"""A site in which somebody has typed hostile texts into everything that keeps what is typed."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from blog.auth import operations as accounts
from blog.auth.models import ProfileLink, Role, User
from blog.auth.operations import Profile, Registration
from blog.auth.sessions import start_session
from blog.comments import operations as comments
from blog.comments.models import COMMENT_LENGTH
from blog.comments.operations import Remark
from blog.db import db
from blog.markdown import Document, render_comment, render_post
from blog.media.operations import store_picture
from blog.media.storage import MediaFolder
from blog.posts import operations as posts
from blog.posts.models import EXCERPT_LENGTH, TAGS_PER_POST, TITLE_LENGTH, Post
from blog.posts.operations import Draft
from blog.posts.revisions.texts import Text
from blog.posts.text import slugify, split_tags
from blog.web.forms import lines, storable, strip

PER_COLLECTION = 60
"""Rendered texts on the page of one collection."""


@dataclass(frozen=True)
class Attacked:
    """Where the hostile texts are."""

    attacker: str
    """The user name of the account, an author, that said all the comments."""
    thread: str
    """The slug of the post that they are said about."""
    posts: list[tuple[int, str, str]]
    """For each text: the id and the slug of the post that is made of it, and the user name of its author."""
    collections: list[str]
    """The slugs of posts that show what was made of many texts, one after the other."""
    comments: list[int]
    tags: list[str]


def fill_with(
    texts: Sequence[str], *, name: str = "attacker", password_hash: str, media: Path, now: datetime
) -> Attacked:
    """Type each of `texts` into every field, in the transaction of the caller, as the forms would pass them on.

    The account `name` says all of them as comments, and signs in with the password; others are named after it.
    """
    attacker = _account(name, texts[0], Role.AUTHOR, password_hash, now)
    for text in texts:
        start_session(attacker, remember=False, user_agent=storable(text), now=now)
    thread = _publish(attacker, Draft(Text("The thread", "x"), render_post("x")), now)
    said = [_comment(thread, text, attacker, now) for text in texts if storable(text).strip()]
    places = Attacked(
        attacker=name,
        thread=thread.slug,
        posts=[],
        collections=[_collect(part, attacker, now).slug for part in _parts(texts)],
        comments=said,
        tags=sorted({slugify(name) for text in texts for name in split_tags(one_line(text))[:1]}),
    )
    for number, text in enumerate(texts):
        post = _spread(f"{name}{number}", number, text, MediaFolder(media), now)
        places.posts.append((post.id, post.slug, f"{name}{number}"))
        db.session.flush()
        db.session.expunge_all()  # a flush looks at all that is there
    return places


def one_line(text: str) -> str:
    """What a field of one line keeps of `text`."""
    return " ".join((strip(text) or "").split())


def shown_words(text: str) -> str:
    """What an account or a title that is made of `text` is called at the most: never empty."""
    return one_line(text) or "x"


def _spread(username: str, number: int, text: str, folder: MediaFolder, now: datetime) -> Post:
    """An author and a post whose every field is made of `text`."""
    author = _account(username, text, Role.AUTHOR, None, now)
    line = shown_words(text)
    body = lines(text) or "x"
    tags = split_tags(line)[:TAGS_PER_POST]
    draft = Draft(Text(line[:TITLE_LENGTH], body, tags=tuple(tags), excerpt=line[:EXCERPT_LENGTH]), render_post(body))
    post = _publish(author, draft, now - timedelta(minutes=number))
    picture = store_picture(
        _dot(number), folder=folder, uploader=author, now=now, alt=storable(text), original_name=storable(text)
    )
    posts.set_lead_picture(post, picture.id, storable(text))
    return post


def _account(username: str, text: str, role: Role, password_hash: str | None, now: datetime) -> User:
    name, bio = shown_words(text), (lines(text) or "")[:1000]
    email = f"{username}@example.org"
    user = accounts.create_account(Registration(username, email, password_hash, name[:80], role), now=now)
    link = ProfileLink(label=name[:60], url=f"https://example.org/{name[:200]}")
    accounts.change_profile(user, Profile(name[:80], bio, render_comment(bio).html, [link], None))
    return user


def _publish(author: User, draft: Draft, at: datetime) -> Post:
    post = posts.create_post(author, draft, creation_key=None, now=at)
    posts.publish_post(post, by=author, at=at, now=at)
    return post


def _collect(texts: Sequence[str], author: User, now: datetime) -> Post:
    """A post that shows what each of `texts` becomes by itself, so that none can hide another."""
    html = "\n".join(render_post(text).html for text in texts)
    document: Document = replace(render_post("x"), html=html)
    return _publish(author, Draft(Text("A collection", "x"), document), now)


def _comment(post: Post, text: str, author: User, now: datetime) -> int:
    body = (lines(text) or "").strip()[:COMMENT_LENGTH]
    remark = Remark(body, render_comment(body).html)
    return comments.create_comment(post, remark, author=author, parent=None, now=now).id


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), PER_COLLECTION):
        yield texts[start : start + PER_COLLECTION]


def _dot(number: int) -> bytes:
    """A picture like no other."""
    file = io.BytesIO()
    Image.new("RGB", (2, 2), (number & 255, number >> 8, 99)).save(file, "PNG")
    return file.getvalue()
