"""Who reaches what: a table of every address, tried as everybody. An address that is not in the table turns it red."""

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from blog.db import db
from tests.browser_like import Browser

ROLES = ("visitor", "reader", "author", "editor", "admin")

# Who gets in. `page` everybody; `member` the signed-in; `author` those who write; `editor` and `admin` likewise;
# `owner` the writer of the thing and those who stand above; `visitor` those who are not signed in.
# Addresses of things belong to the author in the world below, who wrote the post and the comment on it.
ACCESS = {
    "admin.create_deactivation": "admin",
    "admin.create_reset_link": "admin",
    "admin.delete_deactivation": "admin",
    "admin.edit_settings": "admin",
    "admin.edit_user": "admin",
    "admin.list_users": "admin",
    "admin.show_dashboard": "admin",
    "auth.change_email": "member",
    "auth.change_password": "member",
    "auth.create_account": "page",
    "auth.delete_other_sessions": "member",
    "auth.delete_session": "member",
    "auth.list_sessions": "member",
    "auth.log_in": "page",
    "auth.log_out": "page",
    "auth.reset_password": "page",
    "comments.create_comment": "member",
    "comments.delete_comment": "own",
    "comments.edit_comment": "own",
    "comments.hide_comment": "owner",
    "comments.list_received": "author",
    "comments.mark_received_seen": "author",
    "comments.show_again": "owner",
    "comments.show_comment": "page",
    "feeds.show_author_feed": "page",
    "feeds.show_feed": "page",
    "feeds.show_tag_feed": "page",
    "machines.show_health": "page",
    "machines.show_robots": "page",
    "media.show_media": "page",
    "pages.edit_profile": "member",
    "pages.set_up": "page",
    "pages.show_post": "page",
    "posts.create_post_preview": "owner",
    "posts.create_preview": "author",
    "posts.create_publication": "owner",
    "posts.create_published_post": "author",
    "posts.create_restoration": "owner",
    "posts.create_trashing": "owner",
    "posts.delete_publication": "owner",
    "posts.edit_post": "owner",
    "posts.list_my_posts": "author",
    "posts.list_posts": "page",
    "posts.list_tags": "page",
    "posts.search_posts": "page",
    "posts.show_archive": "page",
    "posts.show_author": "page",
    "posts.show_month": "page",
    "posts.show_post_source": "page",
    "posts.show_preview": "owner",
    "posts.show_tag": "page",
    "posts.show_year": "page",
    "posts.write_post": "author",
    "web.show_stylesheet": "page",
}
MAY_ENTER = {
    "page": set(ROLES),
    "member": {"reader", "author", "editor", "admin"},
    "author": {"author", "editor", "admin"},
    "owner": {"author", "editor", "admin"},
    "own": {"author"},
    "admin": {"admin"},
}


class World:
    """One of everything, and one person of each role; `author` wrote the post and the comment."""

    def __init__(self, app: Any, make: Any) -> None:
        self.people = {role: make.user(role, username=f"the-{role}") for role in ROLES if role != "visitor"}
        self.other_author = make.user("author", username="another-author")
        self.post = make.post("The post", author=self.people["author"], tags=["Bread"])
        self.comment = make.comment(self.post, author=self.people["author"])
        self.app = app
        self._browsers: dict[str, Browser] = {}

    def browser(self, role: str) -> Browser:
        """The browser of somebody with this role, signed in once."""
        if role not in self._browsers:
            browser = Browser(self.app)
            if role != "visitor":
                browser.sign_in(self.people.get(role) or self.other_author)
            self._browsers[role] = browser
        return self._browsers[role]

    def address(self, rule: Any) -> str:
        """The rule's address in this world."""
        values = {
            "slug": "bread" if "tag" in rule.endpoint else self.post.slug,
            "post_id": str(self.post.id), "comment_id": str(self.comment.id), "user_id": str(self.people["reader"].id),
            "session_id": "999", "username": self.people["author"].username, "token": "x" * 43, "state": "drafts",
            "year": f"{self.post.published_at:%Y}", "month": f"{self.post.published_at:%m}", "name": "xx/none.webp",
            "group": "public", "digest": "000000000000",
        }  # fmt: skip
        return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda match: values[match[1]], rule.rule)


@pytest.fixture
def world(app, make):
    return World(app, make)


def rules(app: Any) -> list[Any]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint)


def test_every_address_is_in_the_table(app):
    endpoints = {rule.endpoint for rule in rules(app)}

    assert endpoints == set(ACCESS)


@pytest.mark.parametrize("role", [*ROLES, "another author"])
def test_pages_open_for_those_in_the_table_only(app, world, role):
    wrong = []
    for rule in rules(app):
        if "GET" not in rule.methods:
            continue
        kind = ACCESS[rule.endpoint]
        expected = role in MAY_ENTER[kind] or (role == "another author" and kind in ("page", "member", "author"))

        status = world.browser(role).get(world.address(rule)).status

        turned_away = status == 403 or world.browser(role).page.location.startswith("/login")
        if kind in ("own", "owner"):
            turned_away = turned_away or status == 404
        if status >= 500 or expected == turned_away:
            wrong.append((rule.endpoint, status))

    assert not wrong


@pytest.mark.parametrize("role", [*ROLES, "another author"])
def test_acts_are_refused_to_those_not_in_the_table(app, world, role):
    wrong = []
    for rule in rules(app):
        kind = ACCESS[rule.endpoint]
        if "POST" not in rule.methods or role in MAY_ENTER[kind]:
            continue
        if role == "another author" and kind in ("page", "member", "author"):
            continue
        browser = world.browser(role)
        token = csrf_token(browser)

        page = browser.post(world.address(rule), {"csrf_token": token} if token else {})

        if not (page.status in (403, 404) or page.location.startswith("/login")):
            wrong.append((rule.endpoint, page.status, page.location))

    assert not wrong


@pytest.mark.parametrize(
    "forgery", ["no token", "another's token", "foreign origin", "null origin", "cross-site", "nothing"]
)
def test_no_unsafe_address_takes_a_forged_request(app, world, forgery):
    admin, token = world.browser("admin"), csrf_token(world.browser("admin"))
    headers = {
        "no token": {},
        "another's token": {},
        "foreign origin": {"Sec-Fetch-Site": None, "Origin": "https://evil.test"},
        "null origin": {"Sec-Fetch-Site": None, "Origin": "null"},
        "cross-site": {"Sec-Fetch-Site": "cross-site"},
        "nothing": {"Sec-Fetch-Site": None, "Origin": None},
    }[forgery]
    data = {"csrf_token": csrf_token(world.browser("reader")) if forgery == "another's token" else token}
    wrong = []
    for rule in rules(app):
        if "POST" not in rule.methods:
            continue
        sent = {"Sec-Fetch-Site": "same-origin", "Origin": admin.base_url} | headers

        response = admin.client.post(
            world.address(rule),
            base_url=admin.base_url,
            data={} if forgery == "no token" else data,
            headers={name: value for name, value in sent.items() if value is not None},
        )

        if response.status_code != 403:
            wrong.append((rule.endpoint, response.status_code))

    assert not wrong


def test_no_page_writes_when_it_is_opened(app, world, make):
    def rows() -> dict[str, Any]:
        return {table.name: db.session.execute(select(func.count(), *[func.max(c) for c in table.primary_key.columns]).select_from(table)).one() for table in db.metadata.sorted_tables}  # fmt: skip

    admin = world.browser("admin")
    before = make.read(rows)

    for rule in rules(app):
        if "GET" in rule.methods:
            admin.get(world.address(rule))
            admin.client.head(world.address(rule), base_url=admin.base_url)

    assert make.read(rows) == before


def test_wrong_methods_are_told_which_are_right(app, world):
    for rule in rules(app):
        if "POST" in rule.methods and "GET" not in rule.methods:
            page = world.browser("admin").get(world.address(rule))
            if page.status != 404:  # another rule may answer GET there
                assert page.status in (200, 405), rule.endpoint
                assert page.status == 200 or "POST" in page.response.headers["Allow"]


def csrf_token(browser: Browser) -> str | None:
    page = browser.get("/account/")
    fields = page.all("input", name="csrf_token") if page.tree is not None else []
    return fields[0].get("value") if fields else None
