"""Drafts, scheduled and trashed posts leak nowhere: class 43 of the attacks, and the guessing of 40 and 42.

Every public address is in `SURFACES`, the test of the list fails on one that is not. What readers get must not differ
by a byte whether or not there are hidden posts with the same author, the same tag and the same month.
"""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from blog import clock
from blog.auth.models import User
from blog.comments.models import Comment
from blog.db import db
from blog.posts import operations as posts
from blog.posts.models import Post, Visibility
from tests.browser_like import Browser
from tests.factories import Factory
from tests.rules.test_access import ACCESS, World, csrf_token, rules

pytestmark = pytest.mark.two_databases

MARK = "xylographer"
SURFACES: dict[str, list[str]] = {
    "auth.accept_invitation": ["/invitation"],
    "auth.prove_factor": ["/login/factor"],
    "auth.open_invitation": ["/invitation/{secret}"],
    "auth.create_account": ["/register"],
    "auth.log_in": ["/login"],
    "auth.reset_password": ["/reset/{secret}"],
    "auth.ask_for_reset": ["/reset"],
    "auth.open_reset_link": ["/reset/{secret}"],
    "auth.open_take_back_link": ["/take-back/{secret}"],
    "auth.open_verification_link": ["/verify/{secret}"],
    "auth.show_registration_sent": ["/register/sent"],
    "auth.show_reset_sent": ["/reset/sent"],
    "auth.take_back": ["/take-back"],
    "auth.verify_email": ["/verify"],
    "comments.show_comment": ["/comments/{comment}"],
    "feeds.show_author_feed": ["/authors/{author}/feed.xml"],
    "feeds.show_feed": ["/feed.xml"],
    "feeds.show_series_feed": ["/series/loaves/feed.xml", f"/series/{MARK}/feed.xml"],
    "feeds.show_tag_feed": ["/tags/bread/feed.xml", f"/tags/{MARK}/feed.xml"],
    "machines.show_health": ["/healthz"],
    "machines.show_robots": ["/robots.txt"],
    "site.show_security_txt": ["/.well-known/security.txt"],
    "media.show_media": ["/media/none.webp"],
    "pages.open_set_up_link": ["/setup/{secret}"],
    "pages.set_up": ["/setup"],
    "pages.show_page": ["/pages/public", "/pages/{slug}", f"/pages/{MARK}", "/pages/{old}"],
    "pages.show_post": ["/posts/public", "/posts/{slug}", f"/posts/{MARK}", "/posts/{old}"],
    "posts.list_posts": ["/", "/?before={later}-1", "/?after=1-1"],
    "posts.list_tags": ["/tags/"],
    "posts.search_posts": [f"/search?q={MARK}", f"/search?q={MARK[:4]}", "/search?q=bread"],
    "posts.show_archive": ["/archive/"],
    "posts.show_author": ["/authors/{author}", "/authors/co-writer"],
    "posts.show_month": ["/archive/{month}", "/archive/{another_month}"],
    "posts.show_post_source": ["/posts/public.md", "/posts/{slug}.md"],
    "posts.show_series": ["/series/loaves", f"/series/{MARK}"],
    "posts.show_shared": ["/preview/{secret}"],
    "posts.show_tag": ["/tags/bread", f"/tags/{MARK}"],
    "posts.show_year": ["/archive/{year}", "/archive/{another_year}"],
    "web.show_stylesheet": ["/assets/public.000000000000.css"],
}
"""What anybody may open, each endpoint with the addresses at which a hidden post could be seen."""
HIDDEN = (
    "draft",
    "in_review",
    "scheduled",
    "trashed",
    "taken back",
    "trashed with comments",
    "private",
    "made private",
)


def test_every_public_address_is_looked_at(app):
    public = {rule.endpoint for rule in rules(app) if "GET" in rule.methods and ACCESS[rule.endpoint] == "page"}

    assert public == set(SURFACES)


def hide(make: Factory, author: User, state: str, series: str = "Loaves") -> tuple[Post, Comment | None]:
    """A post with the mark in everything, in a state in which readers may not see it."""
    now = clock.now()
    text = {
        "title": f"The {MARK}",
        "body": f"{MARK} {MARK}",
        "excerpt": MARK,
        "tags": ["Bread", MARK],
        "author": author,
        "series": series,
        "co_authors": ("co-writer",),
    }
    if state in ("draft", "in_review", "scheduled", "trashed"):
        return make.post(**text, state=state), None
    if state in ("private", "unlisted"):
        post = make.post(**text, at=now - timedelta(days=3), visibility=state)
        return post, make.comment(post, MARK, author=author)
    post = make.post(**text, at=now - timedelta(days=3))
    comment = make.comment(post, MARK)
    acts = {
        "taken back": posts.unpublish_post,
        "trashed with comments": posts.trash_post,
        "made private": partial(posts.change_visibility, visibility=Visibility.PRIVATE),
        "made unlisted": partial(posts.change_visibility, visibility=Visibility.UNLISTED),
    }

    def take_back() -> None:
        acts[state](db.session.get(Post, post.id), by=db.session.get(User, author.id), now=clock.now())

    make.act(take_back)
    return post, comment


def surfaces(browser: Browser, places: dict[str, Any]) -> dict[str, tuple[int, str, dict[str, str]]]:
    """What every public address answers: status, body and headers."""
    answers = {}
    for address in (address for addresses in SURFACES.values() for address in addresses):
        response = browser.client.get(address.format(**places), base_url=browser.base_url)
        headers = {name: value for name, value in response.headers.items() if name not in ("Date", "Set-Cookie")}
        answers[address] = (response.status_code, without_tokens(response.get_data(as_text=True)), headers)
    return answers


def without_tokens(html: str) -> str:
    """The page without what is new at every visit, and what only repeats the words of the address."""
    return re.sub(r'<input [^>]*name="(csrf_token|creation_key|q)"[^>]*>', "", html)


@pytest.mark.parametrize("role", ["visitor", "reader", "author"])
@pytest.mark.parametrize("state", HIDDEN)
def test_no_byte_of_a_public_page_depends_on_a_hidden_post(app, make, state, role):
    author, now = make.user("author"), clock.now()
    make.user("author", "co-writer")
    public = make.post(
        "Public", slug="public", tags=["Bread"], series="Loaves", author=author, at=now - timedelta(days=3, hours=1)
    )
    make.post("Older", tags=["Bread"], series="Loaves", author=author, at=now - timedelta(days=3, hours=2))
    make.comment(public)
    browser = Browser(app)
    if role != "visitor":
        browser.sign_in(make.user(role))
    month = now - timedelta(days=40)
    places = {
        "author": author.username, "secret": "x" * 43, "later": 9 * 10**15, "slug": f"the-{MARK}", "old": f"the-{MARK}-2",
        "month": f"{public.published_at:%Y/%m}", "year": f"{public.published_at:%Y}", "comment": 2,
        "another_month": f"{month:%Y/%m}", "another_year": "1999",
    }  # fmt: skip
    without = surfaces(browser, places)

    hide(make, author, state)
    hide(make, author, state, series=MARK)

    with_it = surfaces(browser, places)
    assert {address: answer for address, answer in with_it.items() if answer != without[address]} == {}
    telling = {address for address, (_, body, _) in with_it.items() if MARK in body}
    assert telling <= {address for address in with_it if MARK in address.format(**places)}, "but for what was asked"


@pytest.mark.parametrize("role", ["visitor", "reader", "author"])
@pytest.mark.parametrize("state", ["unlisted", "made unlisted"])
def test_an_unlisted_post_changes_nothing_but_its_own_address(app, make, state, role):
    author, now = make.user("author"), clock.now()
    text = {"tags": ["Bread"], "series": "Loaves", "author": author}
    public = make.post("Public", slug="public", at=now - timedelta(days=3, hours=1), **text)
    make.post("Older", at=now - timedelta(days=3, hours=2), **text)
    make.comment(public)
    browser = Browser(app)
    if role != "visitor":
        browser.sign_in(make.user(role))
    places = {
        "author": author.username, "secret": "x" * 43, "later": 9 * 10**15, "slug": f"the-{MARK}", "old": f"the-{MARK}-2",
        "month": f"{public.published_at:%Y/%m}", "year": f"{public.published_at:%Y}", "comment": 2,
        "another_month": f"{now - timedelta(days=40):%Y/%m}", "another_year": "1999",
    }  # fmt: skip
    without = surfaces(browser, places)

    hide(make, author, state)

    changed = {address for address, answer in surfaces(browser, places).items() if answer != without[address]}
    assert changed == {"/posts/{slug}", "/posts/{slug}.md"}


@pytest.mark.parametrize("role", ["reader", "another author"])
@pytest.mark.parametrize("state", HIDDEN)
def test_what_is_hidden_answers_as_what_does_not_exist(app, make, role, state):
    world = World(app, make)
    post, comment = hide(make, world.people["author"], state)
    post.published_at = post.published_at or world.post.published_at  # for the addresses of the archive
    world.post, world.comment = post, comment or world.comment
    browser, told = world.browser(role), []
    token = csrf_token(browser)

    for rule in rules(app):
        if (
            not {"post_id", "comment_id", "slug"} & set(rule.arguments)
            or "tag" in rule.endpoint
            or "series" in rule.endpoint
        ):
            continue
        if "comment_id" in rule.arguments and not comment:
            continue
        there = world.address(rule)
        nowhere = there.replace(f"/{world.post.slug}", "/nothing").replace(f"/{world.post.id}", "/999999")
        nowhere = nowhere.replace(f"/comments/{world.comment.id}", "/comments/999999")
        for method in ("get", "head", "post"):
            answers = [answer(browser, method, path, token) for path in (there, nowhere)]
            if answers[0] != answers[1]:
                told.append((method, rule.rule, answers[0][0], answers[1][0]))

    assert not told


def answer(browser: Browser, method: str, path: str, token: str | None) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers, without what only repeats the address."""
    response = getattr(browser.client, method)(
        path, base_url=browser.base_url, data={"csrf_token": token} if method == "post" else None,
        headers={"Sec-Fetch-Site": "same-origin"},
    )  # fmt: skip
    headers = {name: value for name, value in response.headers.items() if name not in ("Date", "Set-Cookie")}
    return (
        response.status_code,
        without_tokens(response.get_data(as_text=True)).replace(path, ""),
        {name: value.replace(path, "") for name, value in headers.items() if name != "Content-Length"},
    )
