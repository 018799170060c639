"""What the pages under test show: the demo, with one of everything that has a page of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import flask_migrate
from sqlalchemy import select
from sqlalchemy.orm import selectinload

import config
from blog import Blog, clock, create_app
from blog.auth import operations as accounts
from blog.auth.invitations.operations import invite
from blog.auth.models import Role, TokenPurpose, User
from blog.auth.operations import Registration
from blog.auth.passwords import hash_password
from blog.cli import demo
from blog.comments import operations as comments
from blog.comments.models import Comment
from blog.comments.operations import Remark
from blog.db import db, transaction
from blog.jobs import MAX_TRIES, Job
from blog.markdown import render_comment
from blog.media.current import media_folder
from blog.media.operations import store_picture
from blog.posts import operations as posts
from blog.posts.models import Post, PostStatus, post_pictures
from blog.posts.operations import Draft
from blog.posts.preview_links.operations import create_link
from blog.posts.rendering import render_body
from blog.posts.revisions.models import Revision
from blog.posts.revisions.texts import Text
from blog.site.settings import change_settings
from tests.browser.site import Site
from tests.media.pictures import encoded, photo
from tests.security.attacked import fill_with
from tests.security.payloads import PAYLOADS

PASSWORD = "wobbly lantern over the quiet harbour"
PEOPLE = {"reader": "harriet", "author": "ruth", "editor": "tomas", "admin": "ines"}
ATTACKED = {"reader": "harriet", "attacker": "mallory", "admin": "ines"}
REVISED = "label-both-ends"
ANSWERED = "reading-other-peoples-wiring"


@dataclass(frozen=True)
class World:
    """A running site, who can sign in to it, and the addresses that the table of pages names."""

    site: Site
    people: dict[str, str]
    """A user name for each role."""
    places: dict[str, Any]

    def url(self, path: str) -> str:
        """The address of `path`, in which `{draft}` and the like stand for what `places` holds."""
        return self.site.url + path.format_map(self.places)


def fill_demo(site: Site) -> dict[str, Any]:
    """Load the demo into the site's database; the places in it."""
    now = clock.now()
    app = _app(site)
    with app.app_context():
        flask_migrate.upgrade()
        demo.load(now)
        with transaction():
            password_hash = hash_password(PASSWORD)
            users = {user.username: user for user in db.session.scalars(select(User))}
            for user in users.values():
                user.password_hash = password_hash
            accounts.deactivate_accounts([users["marvin"]], by=users["ines"], now=now)
            post = db.session.scalars(select(Post).where(Post.slug == ANSWERED).options(selectinload(Post.tags))).one()
            text = "I have *one* of these too, and it still works. See `man wiring`."
            comment = comments.create_comment(
                post, Remark(text, render_comment(text).html), author=users["harriet"], parent=None, now=now
            )
            reset = accounts.new_reset_link(users["bram"], now=now)
            drafts = select(Post).where(Post.status == PostStatus.DRAFT).order_by(Post.id).limit(1)
            draft = db.session.scalars(drafts).one()
            preview_link = create_link(draft, label="Aunt Rosa", days=7, by=users["tomas"], now=now)
            invitation = invite(Role.AUTHOR, email="kim@example.org", by=users["ines"], now=now)
            invite(Role.READER, email=None, by=users["ines"], now=now)
            nora = accounts.create_account(
                Registration("nora", None, password_hash, unverified_email="nora@example.org"), now=now
            )
            nora.verify_by = now + timedelta(days=7)
            refused = "SMTPRecipientsRefused: 550 5.1.1 nora@example.org: no such mailbox here"
            db.session.add(
                Job(
                    kind="mail",
                    payload={},
                    due_at=now,
                    tries=MAX_TRIES,
                    last_error=refused,
                    created_at=now,
                    dead_at=now,
                )
            )
            verification, take_back = (
                accounts.new_mailed_link(purpose, timedelta(days=1), user=nora, email="nora@example.org", now=now)
                for purpose in (TokenPurpose.VERIFY_EMAIL, TokenPurpose.TAKE_BACK)
            )
            unused = store_picture(
                encoded(photo(900, 600)),
                folder=media_folder(),
                uploader=users["ruth"],
                now=now,
                original_name="rain.jpg",
            )
        places = _posts_by_state(users["ruth"]) | {
            "led": db.session.scalars(select(Post.id).where(Post.picture_id.is_not(None))).first(),
            "used_picture": db.session.scalars(select(post_pictures.c.media_id)).first(),
            "unused_picture": unused.id,
            "revised": _revise(users["tomas"], now),
            "comment": comment.id,
            "answered": ANSWERED,
            "root_comment": db.session.scalars(select(Comment.id).where(Comment.post_id == post.id)).first(),
            "person": users["edwin"].id,
            "asleep": users["marvin"].id,
            "last_admin": users["ines"].id,
            "reset": reset,
            "preview_link": preview_link,
            "invitation": invitation,
            "verification": verification,
            "take_back": take_back,
            "author": "ruth",
            "tag": post.tags[0].slug,
            "year": f"{post.published_at:%Y}",
            "month": f"{post.published_at:%m}",
        }
        db.engine.dispose()
    return places


def fill_with_owner(site: Site) -> dict[str, Any]:
    """An owner and nothing else: what the first evening looks like."""
    app = _app(site)
    with app.app_context():
        flask_migrate.upgrade()
        with transaction():
            registration = Registration("ines", "ines@example.org", hash_password(PASSWORD), role=Role.ADMIN)
            owner = accounts.create_account(registration, now=clock.now() - timedelta(minutes=1))
            change_settings(title="An empty house")
        places = {"owner": owner.id}
        db.engine.dispose()
    return places


def fill_with_payloads(site: Site) -> dict[str, Any]:
    """Three people, one of whom has typed every hostile text into everything."""
    app, now = _app(site), clock.now()
    with app.app_context():
        flask_migrate.upgrade()
        with transaction():
            password_hash = hash_password(PASSWORD)
            for role in (Role.READER, Role.ADMIN):
                name = ATTACKED[role]
                registration = Registration(name, f"{name}@example.org", password_hash, role=role)
                accounts.create_account(registration, now=now)
            name = ATTACKED["attacker"]
            attacked = fill_with(
                PAYLOADS, name=name, password_hash=password_hash, media=site.instance / "media", now=now
            )
        db.engine.dispose()
    return {"attacked": attacked}


def start_empty(folder: Path) -> Site:
    """A site on an instance folder that does not exist yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return Site(folder / "instance")


def _app(site: Site) -> Blog:
    return create_app(config.load(site.settings))


def _revise(editor: User, now: datetime) -> int:
    """The id of a published post with a change of every kind, and one more that readers do not see yet."""
    post = db.session.scalars(select(Post).where(Post.slug == REVISED).options(selectinload(Post.tags))).one()
    first, *lines, last = post.body.splitlines(keepends=True)
    changed = "".join(lines).replace(" the ", " every ", 3).replace("and", "and so", 2)
    body = f"{changed}{last.rstrip()}\n\nA line that was added.\n\n{first}"
    typed = Draft(
        Text(f"{post.title}, again", body, tags=(*(tag.name for tag in post.tags), "Order")), render_body(body)
    )
    with transaction():
        posts.save_post(post, typed, by=editor, edit_number=post.edit_number, now=now)
        found = db.session.scalars(
            select(Revision).where(Revision.post_id == post.id).order_by(Revision.number)
        ).first()
        assert found, "the demo was saved"
        posts.restore_revision(post, found, render_body(found.body), by=editor, now=now)
    return post.id


def _posts_by_state(author: User) -> dict[str, Any]:
    """The id of a post of each state, the author's own where there is one."""
    now = clock.now()
    own_first = (Post.author_id != author.id, Post.id)
    states = {
        "draft": Post.status == PostStatus.DRAFT,
        "published": (Post.status == PostStatus.PUBLISHED) & (Post.published_at <= now),
        "scheduled": (Post.status == PostStatus.PUBLISHED) & (Post.published_at > now),
        "trashed": Post.trashed_at.is_not(None),
    }
    return {
        name: db.session.scalars(select(Post.id).where(condition).order_by(*own_first)).first()
        for name, condition in states.items()
    }
