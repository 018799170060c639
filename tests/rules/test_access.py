"""Who reaches what: a table of every address, tried as everybody. An address that is not in the table turns it red.

Forged requests, odd addresses and what nobody may see are tried on the same world in `tests/security`.
"""

import re
from typing import Any

import pytest

from blog.posts import queries
from tests.browser_like import Browser
from tests.media.pictures import encoded, photo, stored

ROLES = ("visitor", "reader", "author", "editor", "admin")

# Who gets in. `page` everybody; `member` the signed-in; `author` those who write; `editor` and `admin` likewise;
# `own` the writer of the comment or the holder of the passkey; `owner` the writer of the thing and those who stand above; `visitor` those who are not signed in.
# Addresses of things belong to the author in the world below, who wrote the post and the comment on it.
ACCESS = {
    "admin.create_deactivation": "admin",
    "admin.create_job_try": "admin",
    "admin.create_reset_link": "admin",
    "admin.delete_deactivation": "admin",
    "admin.delete_factors": "admin",
    "admin.delete_job": "admin",
    "admin.delete_invitation": "admin",
    "admin.delete_user": "admin",
    "admin.edit_settings": "admin",
    "admin.edit_user": "admin",
    "admin.list_jobs": "admin",
    "admin.list_events": "admin",
    "admin.list_invitations": "admin",
    "admin.list_users": "admin",
    "admin.show_dashboard": "admin",
    "auth.accept_invitation": "page",
    "auth.accept_invitation_with_account": "member",
    "auth.add_authenticator": "member",
    "auth.add_passkey": "member",
    "auth.ask_for_confirming_passkey": "member",
    "auth.ask_for_new_passkey": "member",
    "auth.ask_for_passkey_alone": "page",
    "auth.ask_for_second_passkey": "page",
    "auth.ask_for_reset": "page",
    "auth.await_verification": "member",
    "auth.change_email": "member",
    "auth.change_password": "member",
    "auth.confirm_session": "member",
    "auth.confirm_with_passkey": "member",
    "auth.create_account": "page",
    "auth.create_recovery_codes": "member",
    "auth.delete_authenticator": "member",
    "auth.delete_passkey": "own",
    "auth.edit_passkey": "own",
    "auth.log_in_with_passkey": "page",
    "auth.prove_factor": "page",
    "auth.prove_factor_with_passkey": "page",
    "auth.show_security": "member",
    "auth.delete_other_sessions": "member",
    "auth.delete_session": "member",
    "auth.list_sessions": "member",
    "auth.log_in": "page",
    "auth.log_out": "page",
    "auth.open_invitation": "page",
    "auth.open_reset_link": "page",
    "auth.open_take_back_link": "page",
    "auth.open_verification_link": "page",
    "auth.refuse_email": "page",
    "auth.reset_password": "page",
    "auth.show_registration_sent": "page",
    "auth.show_reset_sent": "page",
    "auth.take_back": "page",
    "auth.verify_email": "page",
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
    "feeds.show_series_feed": "page",
    "feeds.show_tag_feed": "page",
    "machines.show_health": "page",
    "machines.show_robots": "page",
    "media.show_media": "page",
    "pages.create_archive": "member",
    "pages.choose_picture": "owner",
    "pages.create_lead_picture": "owner",
    "pages.create_pictures": "author",
    "pages.create_replacement": "owner",
    "pages.delete_account": "member",
    "pages.delete_picture": "owner",
    "pages.describe_pictures": "author",
    "pages.edit_picture": "owner",
    "pages.edit_profile": "member",
    "pages.list_pictures": "author",
    "pages.open_set_up_link": "page",
    "pages.set_up": "page",
    "pages.show_my_data": "member",
    "pages.show_page": "page",
    "pages.show_post": "page",
    "posts.autosave_new_post": "author",
    "posts.autosave_post": "owner",
    "posts.create_act": "author",
    "posts.create_post_preview": "owner",
    "posts.create_preview": "author",
    "posts.create_publication": "owner",
    "posts.create_published_post": "author",
    "posts.create_approval": "editor",
    "posts.create_return": "editor",
    "posts.create_review": "owner",
    "posts.create_submitted_post": "author",
    "posts.delete_review": "owner",
    "posts.create_restoration": "owner",
    "posts.create_trashing": "owner",
    "posts.delete_publication": "owner",
    "posts.delete_note": "owner",
    "posts.delete_preview_link": "owner",
    "posts.discard_pending": "owner",
    "posts.edit_post": "owner",
    "posts.edit_series": "owner",
    "posts.list_my_posts": "author",
    "posts.list_notes": "owner",
    "posts.list_preview_links": "owner",
    "posts.list_posts": "page",
    "posts.list_revisions": "owner",
    "posts.open_pictures": "owner",
    "posts.open_pictures_of_new": "author",
    "posts.restore_revision": "owner",
    "posts.show_changes": "owner",
    "posts.show_revision": "owner",
    "posts.list_tags": "page",
    "posts.search_posts": "page",
    "posts.show_archive": "page",
    "posts.show_author": "page",
    "posts.show_month": "page",
    "posts.show_post_source": "page",
    "posts.show_preview": "owner",
    "posts.show_series": "page",
    "posts.show_shared": "page",
    "posts.show_syntax": "author",
    "posts.show_tag": "page",
    "posts.show_year": "page",
    "posts.write_post": "author",
    "site.show_security_txt": "page",
    "web.show_stylesheet": "page",
}
MAY_ENTER = {
    "page": set(ROLES),
    "member": {"reader", "author", "editor", "admin"},
    "author": {"author", "editor", "admin"},
    "owner": {"author", "editor", "admin"},
    "editor": {"editor", "admin"},
    "own": {"author"},
    "admin": {"admin"},
}


class World:
    """One of everything, and one person of each role; `author` wrote the post and the comment."""

    def __init__(self, app: Any, make: Any) -> None:
        self.people = {role: make.user(role, username=f"the-{role}") for role in ROLES if role != "visitor"}
        self.other_author = make.user("author", username="another-author")
        self.post = make.post("The post", author=self.people["author"], tags=["Bread"], series="Loaves")
        self.series_id = make.read(lambda: queries.series_by_slug("loaves").id)
        self.comment = make.comment(self.post, author=self.people["author"])
        self.media = stored(make, encoded(photo(60, 40)), uploader=self.people["author"])
        self.app = app
        self._browsers: dict[str, Browser] = {}
        self.browser("author")  # signed in before there is a key that would be asked for
        self.passkey = make.passkey(self.people["author"])

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
            "slug": "bread" if "tag" in rule.endpoint else "loaves" if "series" in rule.endpoint else self.post.slug,
            "series_id": str(self.series_id),
            "post_id": str(self.post.id), "comment_id": str(self.comment.id), "user_id": str(self.people["reader"].id),
            "session_id": "999", "invitation_id": "999", "link_id": "999", "note_id": "999", "passkey_id": str(self.passkey.id),
            "username": self.people["author"].username, "token": "x" * 43, "state": "drafts",
            "year": f"{self.post.published_at:%Y}", "month": f"{self.post.published_at:%m}", "name": "xx/none.webp",
            "job_id": "999", "number": "1", "media_id": str(self.media.id), "group": "public", "digest": "000000000000",
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

        away = world.browser(role).page.location.startswith("/login")
        turned_away = status == 403 or (away and rule.endpoint != "auth.prove_factor")  # which wants a password first
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
