"""`flask demo`: a blog to look at, with posts, people and comments; the files beside this module are its content."""

import secrets
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import flask_migrate
from flask.cli import with_appcontext
from sqlalchemy import select, update
from tqdm import tqdm

from blog import clock
from blog.auth import operations as accounts
from blog.auth import queries as people
from blog.auth.models import Role, User
from blog.auth.operations import Profile, Registration
from blog.auth.passwords import hash_password
from blog.cli.serve import serve
from blog.comments import operations as comments
from blog.comments.models import Comment
from blog.comments.operations import Remark
from blog.comments.queries import find_comment
from blog.db import db, transaction
from blog.markdown import render_comment
from blog.media.current import media_folder
from blog.media.models import Media
from blog.media.operations import store_picture
from blog.posts import operations as posts
from blog.posts.models import Post, Visibility
from blog.posts.operations import Draft
from blog.posts.queries import series_by_slug
from blog.posts.rendering import render_body
from blog.posts.revisions.texts import Text
from blog.posts.text import slugify
from blog.site.settings import change_settings

CONTENT = Path(__file__).parent
SITE = {
    "title": "Spare Parts",
    "tagline": "Notes on things made to be mended",
    "description": "Notes on things made to be mended. A few people write here, and answer what you write back.",
    "menu": "Posts /\nSeries /series/made-to-be-mended\nArchive /archive/\nTags /tags/\nAbout /pages/about",
}
SERIES = {"Made to be mended": "Four of us, one question each: what is it about a thing that lets it be put right?"}
_WORDS = "anvil brass cedar dowel flint gusset hinge kettle ledger mallet needle oakum rivet spoke".split()  # noqa: SIM905


class NotTheDemo(Exception):
    """The database holds people that the demo did not make."""


@dataclass(frozen=True)
class DemoPost:
    """A file of `posts/`: what stands at its head, and its text."""

    head: dict[str, Any]
    body: str


@click.command("demo")
@click.pass_context
@with_appcontext
def demo(context: click.Context) -> None:
    """Serve a blog with posts, people and comments to look at, and print how to sign in.

    For an empty instance folder of its own; `make demo` gives it one.
    """
    flask_migrate.upgrade()
    try:
        load(clock.now())
    except NotTheDemo:
        raise click.ClickException("This blog has people already; the demo wants an empty INSTANCE_PATH.") from None
    password = _new_password()
    click.echo(f"Sign in with the password “{password}” as:")
    for person in _people():
        if person["role"] != Role.READER.value or person["username"] == "harriet":
            click.echo(f"  {person['username']:<12} {person['role']}")
    context.invoke(serve, upgrade=False)


def load(now: datetime) -> None:
    """Fill an empty database; one that holds the demo already stays as it is. Raises `NotTheDemo`."""
    first = db.session.scalar(select(User.email).order_by(User.id).limit(1))
    if first is not None:
        if first != _people()[0]["email"]:
            raise NotTheDemo
        return
    with transaction():
        change_settings(**SITE)
        users = {person["username"]: _add_person(person, now) for person in _people()}
    made = {}
    for post in tqdm(list(_posts()), desc="Posts", unit=" posts", leave=False, disable=None):
        pictures = _store_pictures(post, users, now)
        draft = _draft(post, pictures)
        with transaction():
            made[draft.slug] = (_add_post(post, draft, users, pictures, now), _published_at(post, now))
    with transaction():
        _add_comments(made, users, now)
        _describe_series(users, now)
    with transaction():
        for post in _posts():
            if post.head.get("comments_closed"):
                db.session.execute(update(Post).where(Post.slug == post.head["slug"]).values(comments_closed=True))
            if post.head.get("pinned"):
                editor = db.session.get_one(User, users["ines"])
                posts.pin_post(db.session.get_one(Post, made[post.head["slug"]][0]), by=editor, now=now)


def _describe_series(users: dict[str, int], now: datetime) -> None:
    editor = db.session.get_one(User, users["ines"])
    for name, description in SERIES.items():
        if series := series_by_slug(slugify(name)):
            posts.describe_series(series, description, by=editor, now=now)


def _add_person(person: dict[str, Any], now: datetime) -> int:
    user = accounts.create_account(
        Registration(person["username"], person["email"], None, person["name"], Role(person["role"])),
        now=now - timedelta(days=820),
    )
    user.comments_seen_at = now - timedelta(days=4)
    picture = None
    if "picture" in person:
        picture = _store(person["picture"], user, now, alt="", is_portrait=True).name
    bio = person.get("bio", "")
    accounts.change_profile(
        user, Profile(user.display_name, bio, render_comment(bio).html if bio else "", person.get("links", []), picture)
    )
    return user.id


def _store_pictures(post: DemoPost, users: dict[str, int], now: datetime) -> dict[str, int]:
    """The ids of the pictures that a post shows, by their file names."""
    names = [path.name for path in (CONTENT / "media").iterdir() if f"({path.name}" in post.body]
    lead = post.head.get("picture")
    with transaction():
        uploader = db.session.get(User, users[post.head["author"]])
        ids = {name: _store(name, uploader, now, alt="").id for name in names}
        if lead:
            ids[lead] = _store(lead, uploader, now, alt=post.head.get("picture_alt", "")).id
    return ids


def _store(name: str, uploader: User | None, now: datetime, *, alt: str, is_portrait: bool = False) -> Media:
    sent, folder = (CONTENT / "media" / name).read_bytes(), media_folder()
    return store_picture(
        sent, folder=folder, uploader=uploader, now=now, alt=alt, original_name=name, is_portrait=is_portrait
    )


def _draft(post: DemoPost, pictures: dict[str, int]) -> Draft:
    body = post.body
    for name, media_id in pictures.items():
        media = db.session.get(Media, media_id)
        body = body.replace(f"({name}", f"({media.url}") if media else body
    head = post.head
    text = Text(
        title=head["title"],
        body=body,
        tags=tuple(head.get("tags", [])),
        slug=head["slug"],
        excerpt=head.get("excerpt", ""),
        series=head.get("series", ""),
        series_number=head.get("part"),
        co_authors=tuple(head.get("with", [])),
    )
    return Draft(text, render_body(body))


def _add_post(post: DemoPost, draft: Draft, users: dict[str, int], pictures: dict[str, int], now: datetime) -> int:
    author = db.session.get_one(User, users[post.head["author"]])
    at = _published_at(post, now)
    visibility = Visibility(post.head.get("visibility", "public"))
    made = posts.create_post(author, draft, creation_key=None, now=min(at, now), visibility=visibility)
    if lead := post.head.get("picture"):
        posts.set_lead_picture(made, pictures[lead], post.head.get("picture_caption", ""))
    match post.head.get("status", "published"):
        case "published":
            posts.publish_approved(made, by=author, at=at, now=now)
        case "trashed":
            posts.trash_post(made, by=author, now=now)
    return made.id


def _add_comments(made: dict[str, tuple[int, datetime]], users: dict[str, int], now: datetime) -> None:
    entries = tomllib.loads((CONTENT / "comments.toml").read_text(encoding="utf-8"))["comments"]
    by_id: dict[str, Comment] = {}
    for entry in entries:
        post_id, published_at = made[entry["post"]]
        post = db.session.get_one(Post, post_id)
        at = min(published_at + timedelta(hours=entry["hours_after"]), now)
        comment = comments.create_comment(
            post,
            Remark(entry["text"], render_comment(entry["text"]).html),
            author=db.session.get_one(User, users[entry["author"]]),
            parent=by_id.get(entry.get("reply_to", "")),
            now=at,
        )
        if "id" in entry:
            by_id[entry["id"]] = comment
    for entry in entries:
        if entry.get("deleted"):
            writer = db.session.get_one(User, users[entry["author"]])
            comments.delete_comment(by_id[entry["id"]], by=writer, now=now)
        if entry.get("hidden"):
            found = find_comment(by_id[entry["id"]].id, None, now)
            if found:
                comments.hide_comment(found, by=db.session.get_one(User, users["ines"]), now=now)


def _published_at(post: DemoPost, now: datetime) -> datetime:
    """The post's date, at an hour of the morning that differs from post to post."""
    if "hours_ahead" in post.head:
        return now + timedelta(hours=post.head["hours_ahead"])
    minutes = sum(map(ord, post.head["slug"])) % 360
    return now - timedelta(days=post.head.get("days_ago", 1), minutes=minutes)


def _people() -> list[dict[str, Any]]:
    people_: list[dict[str, Any]] = tomllib.loads((CONTENT / "people.toml").read_text(encoding="utf-8"))["people"]
    return people_


def _posts() -> Iterator[DemoPost]:
    for path in sorted((CONTENT / "posts").glob("*.md")):
        _, head, body = path.read_text(encoding="utf-8").split("+++\n", 2)
        yield DemoPost({"slug": path.stem, **tomllib.loads(head)}, body.strip() + "\n")


def _new_password() -> str:
    """Three words and a number, another at each start, for everybody in the demo."""
    password = "-".join([*(secrets.choice(_WORDS) for _ in range(3)), str(secrets.randbelow(900) + 100)])
    password_hash = hash_password(password)
    with transaction():
        for person in _people():
            if user := people.user_by_username(person["username"]):
                user.password_hash = password_hash
    return password
