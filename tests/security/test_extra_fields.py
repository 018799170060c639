"""Mass assignment: class 45 of the attacks, tried on every form of every page.

Each form is sent as its page has it, with a field beside it for every column of every table. None of their values may
be found in the database afterwards, and nobody may have risen.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from sqlalchemy import Boolean, Integer, select
from sqlalchemy import Enum as EnumColumn

from blog import clock
from blog.auth.models import Role, User
from blog.comments import operations as comments
from blog.comments.models import EDIT_WINDOW, Comment
from blog.db import UTCDateTime, db
from blog.posts.models import Post, PostStatus
from tests.browser_like import Browser, _values
from tests.factories import PASSWORD, Factory
from tests.rules.test_access import World, rules

pytestmark = pytest.mark.two_databases

SMUGGLED = "smuggled-value"
SMUGGLED_NUMBER = 424_243
SMUGGLED_MOMENT = "2001-02-03T04:05:06"
HARMLESS = {
    "title": "A title", "body": "Some words.", "display_name": "A name", "email": "new@example.org", "username": "newcomer",
    "password": PASSWORD, "current_password": PASSWORD, "new_password": "harbour ledger mallet 77", "links": "", "bio": "Words.",
}  # fmt: skip
LEAVING = ("/logout", "deactivation", "sessions", "setup")


def extra_fields() -> dict[str, str]:
    """A field for each column there is, and some that other software has, with a value that would be seen."""
    extra = dict.fromkeys(("is_admin", "admin", "superuser", "approved", "verified", "confirmed", "is_staff"), "1")
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            kind = column.type
            value = SMUGGLED
            if isinstance(kind, EnumColumn):
                value = str(kind.enums[-1])
            elif isinstance(kind, Boolean):
                value = "1"
            elif isinstance(kind, Integer):
                value = str(SMUGGLED_NUMBER)
            elif isinstance(kind, UTCDateTime):
                value = SMUGGLED_MOMENT
            for name in (column.name, f"{table.name}-{column.name}", f"{table.name}[{column.name}]"):
                extra.setdefault(name, value)
    return extra


def smuggled(make: Factory) -> list[tuple[str, str, Any]]:
    """Where in the database one of the values has arrived."""

    def read() -> list[tuple[str, str, Any]]:
        found = []
        for table in db.metadata.sorted_tables:
            for row in db.session.execute(select(table)).mappings():
                found += [(table.name, name, value) for name, value in row.items() if is_smuggled(value)]
        return found

    return make.read(read)


def is_smuggled(value: Any) -> bool:
    if isinstance(value, datetime):
        return value.year == 2001
    if isinstance(value, Enum):
        return False
    return value == SMUGGLED_NUMBER or (isinstance(value, (str, list, dict)) and SMUGGLED in repr(value))


def forms_of(browser: Browser, path: str) -> list[tuple[str, dict[str, Any]]]:
    """The forms of a page that act: the address of each, of its other buttons too, and its fields."""
    page = browser.get(path)
    if page.tree is None or page.status != 200:
        return []
    found = []
    for form in page.all("form"):
        if (form.get("method") or "get") == "post":
            targets = {form.get("action") or path, *_other_targets(form)}
            found += [(target, _values(form) | _blank(form)) for target in sorted(targets)]
    return found


def _other_targets(form: Element) -> set[str]:
    return {button.get("formaction") or "" for button in form.iter() if button.get("formaction")} - {""}


def _blank(form: Element) -> dict[str, str]:
    """Something that will do in the fields that a person would have filled in."""
    empty = {name for name, value in _values(form).items() if not value}
    return {
        name: value
        for name, value in HARMLESS.items()
        if name in empty or ("password" in name and name in _values(form))
    }


@pytest.mark.parametrize("role", ["visitor", "reader", "author", "admin"])
def test_no_form_takes_a_field_that_it_does_not_show(app, make, role):
    world = World(app, make)
    browser, extra = world.browser(role), extra_fields()
    before, sent = make.read(levels), 0

    for rule in [rule for rule in rules(app) if "GET" in rule.methods]:
        for target, values in forms_of(browser, world.address(rule)):
            if any(part in target for part in LEAVING):
                continue
            page = browser.post(target, {**extra, **values}, environ={"REMOTE_ADDR": f"10.2.{sent % 250}.1"})
            sent += page.status in (200, 303)

    assert sent >= {"visitor": 1, "reader": 3, "author": 6, "admin": 8}[role]
    assert smuggled(make) == []
    assert {name: role for name, role in make.read(levels).items() if role is not before.get(name, Role.READER)} == {}


def levels() -> dict[str, Role]:
    return {user.username: user.role for user in db.session.scalars(select(User))}


def test_a_new_account_is_a_readers_whatever_is_sent(app, make):
    visitor = Browser(app)
    visitor.get("/register")
    values = {"username": "riser", "email": "r@example.org", "password": "harbour ledger mallet 77"}

    visitor.post("/register", values | {"role": "admin", "is_admin": "1", "users-role": "admin", "deactivated_at": "x"})

    user = make.read(lambda: db.session.scalar(select(User).where(User.username == "riser")))
    assert user is None or user.role is Role.READER


def test_a_draft_stays_a_draft_of_its_writer(app, make):
    author, other = make.user("author"), make.user("author")
    browser = Browser(app).sign_in(author)
    browser.get("/write/new")
    form = next(values for target, values in forms_of(browser, "/write/new") if target == "/write/new")

    browser.post("/write/new", form | {"title": "T", "body": "B", "status": "published", "author_id": other.id,
                 "published_at": "2020-01-01", "is_counted": "1", "body_html": "<script>", "id": "77"})  # fmt: skip

    post = make.read(lambda: db.session.scalar(select(Post)))
    assert (post.author_id, post.status, post.published_at) == (author.id, PostStatus.DRAFT, None)
    assert post.id != 77
    assert "script" not in post.body_html


@pytest.mark.parametrize("state", ["closed", "site closed", "draft", "scheduled", "trashed", "nothing"])
def test_nothing_is_said_where_nobody_may_speak(app, make, state):
    author = make.user("author")
    post = make.post(author=author, state=state if state in ("draft", "scheduled", "trashed") else "published",
                     comments_closed=state == "closed")  # fmt: skip
    if state == "site closed":
        make.settings(comments_open=False)
    browser = Browser(app).sign_in(make.user())
    token = browser.get("/account/").all("input", name="csrf_token")[0].get("value")
    slug = "nothing" if state == "nothing" else post.slug

    page = browser.post(f"/posts/{slug}/comments", {"body": "Still here", "csrf_token": token})

    assert page.status in (404, 422)
    assert make.read(lambda: db.session.scalar(select(Comment))) is None


@pytest.mark.parametrize("parent", ["of another post", "of a draft", "deleted", "hidden", "none", "itself"])
def test_an_answer_belongs_to_a_comment_of_the_same_post(app, make, parent):
    post, other = make.post(), make.post()
    there = make.comment(post if parent in ("deleted", "hidden") else other)
    if parent == "deleted":
        make.act(lambda: comments.delete_comment(
            comments.queries.hold_comment(there.id, None, clock.now()), by=db.session.get(User, there.author_id), now=clock.now()
        ))  # fmt: skip
    if parent == "hidden":
        make.act(lambda: db.session.get(Comment, there.id).hide(there.author_id, clock.now()))
    if parent == "of a draft":
        make.act(lambda: setattr(db.session.get(Post, other.id), "status", PostStatus.DRAFT))
    number = {"none": 99_999, "itself": there.id + 1}.get(parent, there.id)
    browser = Browser(app).sign_in(make.user())
    token = browser.get("/account/").all("input", name="csrf_token")[0].get("value")

    page = browser.post(
        f"/posts/{post.slug}/comments", {"body": "To you", "parent_id": str(number), "csrf_token": token}
    )

    assert page.status == 422
    assert make.read(lambda: len(db.session.scalars(select(Comment).where(Comment.body == "To you")).all())) == 0


def test_a_comment_is_not_edited_after_its_time_by_any_field(app, make):
    reader = make.user()
    comment = make.comment(
        make.post(), "As said", author=reader, created_at=clock.now() - EDIT_WINDOW - timedelta(seconds=5)
    )
    browser = Browser(app).sign_in(reader)
    token = browser.get("/account/").all("input", name="csrf_token")[0].get("value")

    page = browser.post(f"/comments/{comment.id}/edit", {
        "body": "Never said", "created_at": clock.now().isoformat(), "edited_at": "", "csrf_token": token})  # fmt: skip

    assert page.status == 409
    assert make.fresh(comment).body == "As said"
