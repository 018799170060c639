"""Cross-site scripting by what is stored or reflected: classes 1 to 7 of the attacks, seen in the tree of every page.

Every payload is typed into every field. A page may then have no element and no attribute that the same page with
harmless words would not have; where texts are rendered, only what the sanitiser lets through.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask

from blog import clock
from blog.auth import queries
from blog.auth.models import User
from blog.posts.models import TITLE_LENGTH
from tests.browser_like import Browser
from tests.factories import Factory
from tests.markdown.safety import check_element
from tests.parts import FIGURE
from tests.rules.test_access import csrf_token
from tests.security.attacked import Attacked, fill_with, one_line
from tests.security.payloads import PAYLOADS

pytestmark = pytest.mark.two_databases

RENDERED = {"prose", "bio", "text", "quoted"}
"""Classes of the elements in which a rendered text stands."""
HARMLESS = [f"Harmless {number}, *of* [no](https://example.org) danger" for number in range(120)]
HARMLESS[0] += "\n\n## One\n\n## Two\n\n## Three"
BREAKING_OUT = ("'", '"', "`", "]", "-", "*", "</", "\\", "javascript:", "{")
REFLECTED = [payload for payload in PAYLOADS if payload.startswith(BREAKING_OUT)][::2] + PAYLOADS[::40]
SAMPLE = 20
"""Of so many payloads one has its own pages opened; on lists they are all seen."""

OF_A_WRONG_FIELD = {"aria-describedby", "aria-invalid"}

Shape = tuple[str, frozenset[str]]
Fill = Callable[..., Attacked]


def tree_of(html: str) -> Element:
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    found: Element = parser.parse(html)
    return found


def outside(element: Element) -> Iterator[Element]:
    """The elements of a page but for those of rendered texts, of which it is checked that they may be there."""
    assert isinstance(element.tag, str), f"a comment: {element.text!r}"
    yield element
    if RENDERED & set((element.get("class") or "").split()):
        for inner in element.iter():
            if inner is not element:
                check_element(inner, f"{inner.tag} {inner.attrib}")
        return
    for child in element:
        yield from outside(child)


def shapes(page: Element) -> set[Shape]:
    return {(element.tag, frozenset(element.attrib.keys() - OF_A_WRONG_FIELD)) for element in outside(page)}


def words_of(page: Element) -> set[str]:
    """Every whole text, and every whole value of an attribute, its white space folded."""
    values = (value for element in page.iter() for value in (element.text, element.tail, *element.attrib.values()))
    return {" ".join(value.split()) for value in values if value}


class Walk:
    """Everybody's way through the pages of a site."""

    def __init__(self, app: Flask, make: Factory) -> None:
        self._app = app
        self._browsers = {
            "visitor": Browser(app),
            "reader": Browser(app).sign_in(make.user("reader", username="the-reader")),
            "admin": Browser(app).sign_in(make.user("admin", username="the-admin")),
        }

    def pages(self, places: Attacked, attacker: User) -> Iterator[tuple[str, str, Element]]:
        """Who, where, and the tree of the page."""
        self._browsers["attacker"] = Browser(self._app).sign_in(attacker)
        some, now = places.posts[::SAMPLE], clock.now()
        for who in ("visitor", "reader", "admin"):
            yield from self._list(who, f"/posts/{places.thread}", "Later comments")
        visited = [
            *(f"/posts/{slug}" for slug in places.collections),
            *(f"/posts/{slug}" for _, slug, _ in some),
            *(f"/authors/{name}" for _, _, name in some),
            *(f"/tags/{slug}" for slug in places.tags[::SAMPLE]),
            "/", "/archive/", "/tags/",
        ]  # fmt: skip
        for path in visited:
            yield self._page("visitor", path)
        yield from self._list("visitor", f"/archive/{now:%Y/%m}", "Older")
        for path in ("/admin/users", "/write/published", "/write/comments"):
            yield from self._list("admin", path, "Older")
        for path in ("", "/preview"):
            yield from (self._page("admin", f"/write/{post_id}{path}") for post_id, _, _ in some)
        for path in ("/account/", "/account/sessions", *(f"/comments/{one}/edit" for one in places.comments[::SAMPLE])):
            yield self._page("attacker", path)

    def _page(self, who: str, path: str) -> tuple[str, str, Element]:
        browser = self._browsers[who]
        response = browser.client.get(path, base_url=browser.base_url)
        assert response.status_code == 200, (who, path, response.status_code)
        return who, path, tree_of(response.get_data(as_text=True))

    def _list(self, who: str, path: str | None, onwards: str) -> Iterator[tuple[str, str, Element]]:
        """A list to its end."""
        while path:
            page = self._page(who, path)
            yield page
            links = (link.get("href") or "" for link in page[2].iter("a") if onwards in "".join(link.itertext()))
            path = next((link.partition("#")[0] for link in links if "after=" in link or "before=" in link), None)


@pytest.fixture
def fill(app: Flask, make: Factory) -> Fill:
    """`fill(texts, name)`: a site in which `name` has typed each of the texts into everything."""
    password_hash, media = make.user().password_hash, Path(app.config["INSTANCE_PATH"]) / "media"

    def fill_site(texts: list[str], name: str) -> Attacked:
        return make.act(lambda: fill_with(texts, name=name, password_hash=password_hash, media=media, now=clock.now()))

    return fill_site


@pytest.mark.slow
def test_no_page_has_an_element_or_attribute_that_a_stored_text_made(app, make, fill, record_property):
    walk = Walk(app, make)
    plain = fill(HARMLESS, "gentle")
    known = {found for _, _, page in walk.pages(plain, account(make, plain)) for found in shapes(page)}
    hostile = fill(PAYLOADS, "attacker")
    made, seen, count = [], set(), 0

    for who, path, page in walk.pages(hostile, account(make, hostile)):
        made += [(who, path, one) for one in shapes(page) - known]
        seen |= words_of(page)
        count += 1

    assert not made
    unseen = [
        text for text in PAYLOADS if not {one_line(text)[:most].strip() for most in (TITLE_LENGTH, 80)} <= seen | {""}
    ]
    assert not unseen, "a title or a name is not on any page as it was typed"
    record_property(FIGURE, f"{len(PAYLOADS)} hostile texts in every field, {count} pages, no element of theirs")


def account(make: Factory, places: Attacked) -> User:
    return make.read(lambda: queries.user_by_username(places.attacker))


PRINTED_AGAIN = (
    "/search?q={}",
    "/{}",
    "/posts/{}",
    "/tags/{}",
    "/authors/{}",
    "/login?next=/{}",
    "/?before={}&after={}",
)
PRINTED_TO_ADMINS = (
    "/admin/users?q={}",
    "/admin/users?role={}&state={}",
    "/write/published?before={}",
    "/account/?{}={}",
)
TYPED = {
    "/login": ("login", "password"),
    "/register": ("username", "email", "password"),
    "/account/": ("display_name", "links"),
    "/admin/settings": ("title", "tagline", "description", "accent", "own_accent", "language", "time_zone"),
    "/write/new": ("title", "body", "tags", "slug", "excerpt", "publish_at", "edit_number"),
    "/account/email": ("email", "password"),
}


def test_no_page_has_an_element_that_its_address_made(app, make):
    visitor, admin = Browser(app), Browser(app).sign_in(make.user("admin"))
    make.post()
    made = []

    for browser, addresses in ((visitor, PRINTED_AGAIN), (admin, PRINTED_TO_ADMINS)):
        for address in addresses:
            known = shapes(opened(browser, address, "harmless"))
            made += [
                (address, text, found) for text in REFLECTED for found in shapes(opened(browser, address, text)) - known
            ]

    assert not made


def opened(browser: Browser, address: str, text: str) -> Element:
    path = address.replace("{}", quote(one_line(text), safe=""))
    response = browser.client.get(path, base_url=browser.base_url, follow_redirects=True)
    assert response.status_code < 500, (path, response.status_code)
    return tree_of(response.get_data(as_text=True))


@pytest.mark.parametrize("address", TYPED)
def test_a_form_that_comes_back_holds_what_was_typed_as_text(app, make, address):
    browser = Browser(app)
    if address not in ("/login", "/register"):
        browser.sign_in(make.user("admin"))
    token = csrf_token(browser) if address not in ("/login", "/register") else None
    made, addresses = [], count()

    def sent(text: str) -> Element:
        """The page that refuses the form: one of its fields is always wrong."""
        fields = dict.fromkeys(TYPED[address], text) | {
            "csrf_token": token,
            "creation_key": "x" * 99,
            "bio": "x" * 9999,
        }
        headers = {"Sec-Fetch-Site": "same-origin"}
        elsewhere = {"REMOTE_ADDR": f"10.0.{next(addresses)}.1"}  # no address is slowed down
        response = browser.client.post(
            address, base_url=browser.base_url, data=fields, headers=headers, environ_overrides=elsewhere
        )
        assert response.status_code == 422
        return tree_of(response.get_data(as_text=True))

    known = shapes(sent("harmless\x01")) | shapes(sent("y" * 99)) | shapes(sent(" "))
    for text in REFLECTED:
        made += [(text, found) for found in shapes(sent(text)) - known]

    assert not made
