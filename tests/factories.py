"""Things in the database, with the least that is valid; a test says only what matters to it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask import Flask

from blog import clock
from blog.auth import operations as auth
from blog.auth.factors.models import Authenticator, Passkey
from blog.auth.models import Role, User
from blog.auth.operations import Registration
from blog.auth.passwords import hash_password
from blog.comments import operations as comments
from blog.comments.models import Comment
from blog.comments.operations import Remark
from blog.db import Base, db, transaction
from blog.markdown import render_comment, render_post
from blog.posts import operations as posts
from blog.posts import queries
from blog.posts.models import Post, Visibility
from blog.posts.operations import Draft
from blog.posts.revisions.texts import Text
from blog.site.settings import change_settings

PASSWORD = "correct horse battery staple"
NEW_PASSWORD = "harbour ledger mallet 77"
"""One to change it to."""
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of an authenticator app."""
_HASH = hash_password(PASSWORD)


class Factory:
    """Makes things in transactions of their own; what it returns is detached and loaded."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._numbers = count(1)

    def user(self, role: str = "reader", username: str | None = None, **changes: Any) -> User:
        """An account with the password `PASSWORD`."""
        number = next(self._numbers)
        name = username or f"person{number}"
        email = changes.pop("email", f"{name}@example.org")

        def create() -> User:
            user = auth.create_account(Registration(name, email, _HASH, role=Role(role)), now=clock.now())
            for field, value in changes.items():
                setattr(user, field, value)
            return user

        return self.act(create)

    def post(
        self,
        title: str | None = None,
        body: str = "Some words.",
        *,
        author: User | None = None,
        state: str = "published",
        at: datetime | None = None,
        tags: list[str] | None = None,
        visibility: str = "public",
        **draft: Any,
    ) -> Post:
        """A post; `state` is draft, in_review, published, scheduled or trashed."""
        title = title if title is not None else f"Post number {next(self._numbers)}"
        author = author or self.user("author")
        now = clock.now()

        def create() -> Post:
            writer = db.session.get(User, author.id)
            text = Text(title=title, body=body, tags=tuple(tags or []), **draft)
            typed = Draft(text, render_post(body))
            post = posts.create_post(writer, typed, creation_key=None, now=now, visibility=Visibility(visibility))
            if state == "in_review":
                posts.submit_post(post, by=writer, now=now)
            if state == "published":
                posts.publish_post(post, by=writer, at=at or now - timedelta(hours=1), now=now)
            if state == "scheduled":
                posts.publish_post(post, by=writer, at=at or now + timedelta(days=1), now=now)
            if state == "trashed":
                posts.trash_post(post, by=writer, now=now)
            return post

        return self.act(create)

    def comment(
        self,
        post: Post,
        body: str = "Well said.",
        *,
        author: User | None = None,
        parent: Comment | None = None,
        **changes: Any,
    ) -> Comment:
        """A comment on a published post."""
        author = author or self.user()

        def create() -> Comment:
            comment = comments.create_comment(
                db.session.get(Post, post.id),
                Remark(body, render_comment(body).html),
                author=db.session.get(User, author.id),
                parent=db.session.get(Comment, parent.id) if parent else None,
                now=clock.now(),
            )
            for field, value in changes.items():
                setattr(comment, field, value)
            return comment

        return self.act(create)

    def authenticator(self, user: User, *, secret: str = SECRET) -> None:
        """An app that shows codes for `user`, whose sessions go on."""
        self.act(
            lambda: db.session.add(Authenticator(user_id=user.id, secret=secret, last_step=0, created_at=clock.now()))
        )

    def passkey(self, user: User, name: str = "Phone", **changes: Any) -> Passkey:
        """A passkey of `user`, whose sessions go on; no key can use it unless `changes` say so."""

        def create() -> Passkey:
            number = f"{next(self._numbers):064x}"
            made = {"credential_hash": number, "credential_id": number, "public_key": "", "sign_count": 0}
            flags = {"is_backup_eligible": False, "is_backed_up": False}
            passkey = Passkey(user_id=user.id, name=name, **made | flags | {"created_at": clock.now()} | changes)
            db.session.add(passkey)
            db.session.flush()
            return passkey

        return self.act(create)

    def settings(self, **changes: Any) -> None:
        """Other settings of the site."""
        self.act(lambda: change_settings(**changes))

    def act(self, operation: Callable[[], Any]) -> Any:
        """Run `operation` in a transaction of its own; what it returns is loaded and detached."""
        with self.app.app_context():
            with transaction():
                result = operation()
            if isinstance(result, Base):
                db.session.refresh(result)
                db.session.expunge(result)
            return result

    def read(self, query: Callable[[], Any]) -> Any:
        """What `query` finds now."""
        with self.app.app_context():
            return query()

    def fresh(self, thing: Any) -> Any:
        """The same row as it is in the database now, or None."""
        with self.app.app_context():
            found = db.session.get(type(thing), thing.id)
            if found is not None:
                db.session.expunge(found)
            return found

    def editable(self, post: Post, user: User) -> Post | None:
        """The post as its editor loads it."""
        with self.app.app_context():
            return queries.find_editable(post.id, db.session.get(User, user.id))
