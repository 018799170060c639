"""One address written in many ways gets one decision: class 41 of the attacks.

A server, a proxy and an app that read an address differently let people past each other's guards. Whatever a role may
not open it may not open by any spelling, method or header.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest

from tests.browser_like import Browser
from tests.rules.test_access import ACCESS, MAY_ENTER, ROLES, World, csrf_token, rules
from tests.security.test_hidden_posts import without_tokens

pytestmark = pytest.mark.one_database

POINTING_ELSEWHERE = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Script-Name", "X-Forwarded-Uri")
PRETENDING = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "X-Forwarded-Host": "127.0.0.1",
    "X-Remote-User": "the-admin",
    "Remote-User": "the-admin",
    "X-Forwarded-User": "the-admin",
    "X-User-Id": "1",
    "X-Is-Admin": "true",
    "Authorization": "Basic dGhlLWFkbWluOngK",
}


def variants(path: str) -> Iterator[str]:
    """Spellings of a path that somebody on the way might take for the same."""
    bare = path.rstrip("/")
    first, rest = bare[1:2], bare[2:]
    yield from (f"{bare}/", f"/{path}", f"//{path}", path.replace("/", "//"), f"{bare}//")
    yield from (f"/.{path}", f"{bare}/.", f"{bare}/x/..", f"/x/..{path}", f"/%2e{path}", f"/x/%2e%2e{path}")
    yield from (f"/static/..{path}", f"/static/%2e%2e{path}", f"/media/..%2f{path[1:]}", f"/;{path}", f"/x;/..{path}")
    yield from (path.upper(), path.title(), f"/%{ord(first or '/'):02x}{rest}", path.replace("/", "%2f"))
    yield from (
        path.replace("/", "\\"),
        path.replace("/", "/%5c"),
        f"{path}%00",
        f"{path}%20",
        f"{path}%09",
        f"{path}%0a",
    )
    yield from (f"{bare}.json", f"{bare}.xml", f"{bare}.css", f"{bare};x=.js", f"{bare}%3b.js", f"{bare}/x.css")
    yield from (f"{bare}..;/", f"{path}~", f"{path}.", f"{bare}%2f", f"{path}%3f", f"{path}%23", f"\uff0f{path[1:]}")
    yield from (f"{path}?x", f"{path}?_method=GET", f"{path}?token=1&key=1", f"http://127.0.0.1{path}")


def as_wsgi(path: str) -> str:
    """The path as a server hands it over: percent signs read, bytes as Latin-1 (PEP 3333)."""
    return unquote_to_bytes(path).decode("latin-1")


def opened(browser: Browser, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> int:
    """The status at the end of the redirects, taking the way to the sign-in page for 403."""
    for _ in range(5):
        raw, _, query = path.partition("?")
        response = browser.client.open(
            method=method, base_url=browser.base_url, query_string=query, headers=headers or {},
            environ_overrides={"PATH_INFO": as_wsgi(raw), "RAW_URI": path, "REQUEST_URI": path},
        )  # fmt: skip
        location = urlsplit(response.headers.get("Location", ""))
        if response.status_code not in (301, 302, 303, 307, 308):
            return int(response.status_code)
        if location.path in ("/login", "/account/confirmation"):
            return 403
        path = location.path + (f"?{location.query}" if location.query else "")
    return 403


@pytest.fixture
def world(app, make):
    return World(app, make)


def closed_to(app: Any, world: World, role: str) -> Iterator[tuple[Any, str]]:
    """The addresses that a role may not open."""
    for rule in rules(app):
        allowed = MAY_ENTER[ACCESS[rule.endpoint]]
        if (
            "GET" in rule.methods and role not in allowed and not (role == "another author" and "author" in allowed)
        ) or (role == "another author" and "GET" in rule.methods and ACCESS[rule.endpoint] in ("own", "owner")):
            yield rule, world.address(rule)


@pytest.mark.parametrize("role", [*ROLES[:-1], "another author"])
def test_no_spelling_opens_what_is_closed(app, world, role):
    browser, open_ones, tried = world.browser(role), [], 0

    for rule, path in closed_to(app, world, role):
        for spelling in {path, *variants(path)}:
            for method in ("GET", "HEAD"):
                status, tried = opened(browser, spelling, method), tried + 1
                if status < 400 or status >= 500:
                    open_ones.append((rule.endpoint, method, spelling, status))

    assert tried > (0 if role == "editor" else 100)
    assert not open_ones


@pytest.mark.parametrize("role", [*ROLES[:-1], "another author"])
def test_no_header_opens_what_is_closed(app, world, role):
    browser, open_ones = world.browser(role), []
    home = without_tokens(browser.get("/").html)

    for rule, path in closed_to(app, world, role):
        if opened(browser, path, headers=PRETENDING) < 400:
            open_ones.append((rule.endpoint, "pretending"))
        pages = {name: without_tokens(browser.get("/", headers={name: path}).html) for name in POINTING_ELSEWHERE}
        open_ones += [(rule.endpoint, name) for name, page in pages.items() if page != home]

    assert not open_ones


@pytest.mark.parametrize("role", ["visitor", "reader", "another author"])
def test_no_spelling_of_an_act_is_taken(app, world, make, role):
    browser = world.browser(role)
    token, taken = csrf_token(browser) if role != "visitor" else None, []

    for rule in rules(app):
        allowed = MAY_ENTER[ACCESS[rule.endpoint]]
        closed = role not in allowed and not (role == "another author" and "author" in allowed)
        if "POST" not in rule.methods or not closed:
            continue
        for spelling in variants(world.address(rule)):
            raw, _, query = spelling.partition("?")
            response = browser.client.post(
                base_url=browser.base_url, query_string=query, data={"csrf_token": token} if token else {},
                headers={"Sec-Fetch-Site": "same-origin"}, environ_overrides={"PATH_INFO": as_wsgi(raw)},
            )  # fmt: skip
            location = response.headers.get("Location", "")
            if response.status_code < 400 and not (response.status_code == 308 or location.startswith("/login")):
                taken.append((rule.endpoint, spelling, response.status_code, location))

    assert not taken


@pytest.mark.parametrize(
    "method", ["TRACE", "TRACK", "PUT", "DELETE", "PATCH", "PROPFIND", "MKCOL", "CONNECT", "FOO", "get"]
)
def test_no_other_method_reaches_an_address(app, world, method):
    admin = world.browser("admin")

    statuses = {
        admin.client.open(world.address(rule), method=method, base_url=admin.base_url).status_code
        for rule in rules(app)
    }

    assert statuses <= {405, 501}
