"""Every answer of the whole app has its headers: pages, files, redirects, what was not modified, and every refusal."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import Client, TestResponse

from blog import clock
from blog.media.current import media_folder
from blog.media.operations import store_picture
from blog.web.guard import HEADER_LIMIT, PATH_LIMIT, SECURITY_HEADERS
from tests.browser_like import Browser
from tests.factories import Factory
from tests.rules.test_access import World, rules

pytestmark = pytest.mark.one_database

FORM = "application/x-www-form-urlencoded"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}
OWN_POLICY = ("/media/",)
"""Addresses with a policy of their own, stricter than that of pages."""


@pytest.fixture
def world(app: Any, make: Factory) -> World:
    return World(app, make)


def picture(app: Any, make: Factory, kind: str = "PNG") -> str:
    """The address of an uploaded picture."""
    content = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(content, kind)

    def store() -> str:
        return store_picture(content.getvalue(), folder=media_folder(), uploader=None, now=clock.now()).url

    return str(make.act(store))


def drawing(make: Factory) -> str:
    """The address of a drawing that an admin imported."""
    content = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><script>alert(1)</script></svg>'
    return str(
        make.act(
            lambda: store_picture(content, folder=media_folder(), uploader=None, now=clock.now(), allow_svg=True).url
        )
    )


def static_files(app: Any) -> list[str]:
    """One static file of each kind."""
    assets = app.extensions["assets"]
    found = {path.suffix: assets.url(path.relative_to(assets.folder).as_posix()) for path in assets.folder.rglob("*.*")}
    return sorted(found.values())


def answers_of(app: Any, make: Factory, world: World) -> Iterator[tuple[str, TestResponse]]:
    """Everything that the app can answer, with a name for each."""
    base = app.config["BASE_URL"]
    for role in ("visitor", "admin"):
        client = world.browser(role).client
        for rule in rules(app):
            address = world.address(rule)
            for method in ("GET", "HEAD", "POST", "OPTIONS", "PUT", "TRACE", "PROPFIND", "FOO"):
                headers = SAME_ORIGIN if method == "POST" else {}
                yield f"{role} {method} {address}", client.open(address, method=method, base_url=base, headers=headers)
            page = client.get(address, base_url=base)
            if role == "visitor" and page.status_code == 200 and (etag := page.headers.get("ETag")):
                again = client.get(address, base_url=base, headers={"If-None-Match": etag})
                assert again.status_code == 304
                yield f"{role} 304 {address}", again
    client = Client(app)
    for address in (
        *static_files(app),
        picture(app, make),
        drawing(make),
        "/nowhere",
        "/static/",
        "/media/",
        "/static/x",
    ):
        for headers in ({}, {"Range": "bytes=0-3"}, {"Range": "bytes=9999999-"}):
            yield f"{headers} {address}", client.get(address, base_url=base, headers=headers)
    for name, (address, options) in REFUSED.items():
        yield name, client.open(address, **({"base_url": base} | options))


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "400 host": ("/", {"base_url": "http://evil.test"}),
    "400 control character": ("/%01", {}),
    "403 forged": ("/login", {"method": "POST", "data": {}, "headers": CROSS_SITE}),
    "404": ("/%E2%80%AE", {}),
    "405": ("/logout", {}),
    "411": ("/login", {"method": "POST", "headers": {"Transfer-Encoding": "chunked"}, "environ_overrides": {"wsgi.input_terminated": True}}),
    "413": ("/login", {"method": "POST", "headers": {"Content-Length": str(2**40)}}),
    "413 fields": ("/login", {"method": "POST", "data": b"&a=" * 2_000, "content_type": FORM, "headers": SAME_ORIGIN}),
    "414": ("/" + "a" * PATH_LIMIT, {}),
    "422": ("/login", {"method": "POST", "data": {}, "headers": SAME_ORIGIN}),
    "431": ("/", {"headers": {"X-Long": "a" * (HEADER_LIMIT + 1)}}),
}  # fmt: skip


def test_every_answer_has_the_headers(app: Any, make: Factory, world: World, record_property: Any) -> None:
    wrong, statuses, count = [], set(), 0
    for name, answer in answers_of(app, make, world):
        count += 1
        statuses.add(answer.status_code)
        policy = answer.headers.get("Content-Security-Policy", "")
        lacking = [header for header in SECURITY_HEADERS if len(answer.headers.getlist(header)) != 1]
        if lacking or "default-src 'none'" not in policy:
            wrong.append((name, answer.status_code, lacking))
        if "unsafe" in policy and "/media/" not in name:
            wrong.append((name, answer.status_code, policy))

    record_property("figure", f"security headers on {count} answers with the statuses {sorted(statuses)}")
    assert not wrong
    assert {200, 206, 303, 304, 400, 403, 404, 405, 411, 413, 414, 416, 422, 431, 501} <= statuses


def test_every_body_says_what_it_is(app: Any, make: Factory, world: World) -> None:
    """V4.1.1: a Content-Type, and with text its character set."""
    wrong = []
    for name, answer in answers_of(app, make, world):
        kind = answer.headers.get("Content-Type", "").replace('"', "")
        is_text = kind.startswith("text/") or "xml" in kind.partition(";")[0]
        if answer.data and (not kind or (is_text and "svg" not in kind and "charset=utf-8" not in kind.lower())):
            wrong.append((name, answer.status_code, kind))

    assert not wrong


def test_no_answer_lets_another_origin_in(app: Any, make: Factory, world: World) -> None:
    """V3.4.2: neither an origin nor `null` is ever echoed."""
    browser, wrong = world.browser("admin"), []
    for rule in rules(app):
        for origin in ("https://evil.test", "null", app.config["BASE_URL"]):
            for method in ("GET", "OPTIONS"):
                answer = browser.client.open(
                    world.address(rule), method=method, base_url=browser.base_url, headers={"Origin": origin}
                )
                wrong += [(rule.rule, name) for name in dict(answer.headers) if name.startswith("Access-Control-")]

    assert not wrong


def test_a_fault_has_the_headers_too(app: Any, visitor: Browser) -> None:
    kept, app.view_functions["posts.list_posts"] = app.view_functions["posts.list_posts"], lambda: 1 / 0
    try:
        answer = visitor.client.get("/", base_url=visitor.base_url)
    finally:
        app.view_functions["posts.list_posts"] = kept

    assert answer.status_code == 500
    assert all(len(answer.headers.getlist(name)) == 1 for name in SECURITY_HEADERS)
    assert "ZeroDivisionError" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "MKCOL", "FOO", "get"])
def test_other_methods_are_refused_everywhere_with_the_right_ones(app: Any, world: World, method: str) -> None:
    """V4.1.4 and V13.4.4: what is not a page's or a form's is nowhere taken, and no request is shown back."""
    wrong = []
    for role in ("visitor", "admin"):
        browser = world.browser(role)
        for rule in rules(app):
            answer = browser.client.open(
                world.address(rule), method=method, base_url=browser.base_url, headers={"X-Marker": "see-me"}
            )
            if answer.status_code not in (405, 501) or not answer.headers["Allow"] or "see-me" in answer.text:
                wrong.append((rule.rule, answer.status_code))

    assert not wrong


def test_an_act_is_refused_to_be_opened_with_the_right_method(app: Any, world: World) -> None:
    answer = world.browser("admin").get("/logout").response

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert "GET" not in answer.headers["Allow"]


# Pictures


@pytest.mark.parametrize("encoding", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_opened_by_itself_is_nothing_but_a_picture(
    app: Any, make: Factory, visitor: Browser, encoding: str
) -> None:
    """V3.2.1 and V5.4.2."""
    address = picture(app, make, encoding)

    answer = visitor.client.get(address, base_url=visitor.base_url)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"image/{encoding.lower()}"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r'inline; filename="[0-9a-f]+\.\w+"', answer.headers["Content-Disposition"])
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_drawing_opened_by_itself_is_saved_and_not_run(make: Factory, visitor: Browser) -> None:
    """V1.3.4."""
    answer = visitor.client.get(drawing(make), base_url=visitor.base_url)

    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert re.fullmatch(r'attachment; filename="[0-9a-f]+\.svg"', answer.headers["Content-Disposition"])


# What is another's to look at


def signed_in(app: Any, make: Factory) -> Browser:
    return Browser(app).sign_in(make.user("admin"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "embed"},
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    ],
)
def test_no_other_site_fetches_or_embeds_what_a_member_sees(app: Any, make: Factory, headers: dict[str, str]) -> None:
    """V3.5.8."""
    browser, name = signed_in(app, make), picture(app, make)

    for path in ("/account/", "/account/sessions", "/write/", "/admin/", name, "/"):
        assert browser.client.get(path, base_url=browser.base_url, headers=CROSS_SITE | headers).status_code == 403, (
            path
        )


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {},
    ],
)
def test_a_member_follows_links_from_elsewhere(app: Any, make: Factory, headers: dict[str, str]) -> None:
    browser = signed_in(app, make)

    assert browser.client.get("/account/", base_url=browser.base_url, headers=headers).status_code == 200


def test_signing_out_empties_the_cache_and_leaves_the_storage(app: Any, make: Factory) -> None:
    """V14.3.1, but for what the browser keeps for its owner: see SECURITY.md."""
    browser = signed_in(app, make)
    browser.get("/account/")

    answer = browser.submit("/logout", follow=False).response

    assert answer.headers["Clear-Site-Data"] == '"cache"'


# Nothing of how it is made


HIDDEN = Path(__file__).with_name("hidden_files.txt").read_text(encoding="ascii").split()


def test_files_that_are_no_pages_are_not_found(app: Any, make: Factory) -> None:
    """V13.4.1 and V13.4.3, and path traversal (attacks 60 to 62): as a visitor and as an admin."""
    picture(app, make)
    wrong = []
    for client in (Client(app), signed_in(app, make).client):
        for name in HIDDEN:
            answer = client.get(f"/{name}", base_url=app.config["BASE_URL"], follow_redirects=True)
            if answer.status_code not in (400, 404):
                wrong.append((name, answer.status_code))

    assert not wrong


@pytest.mark.parametrize("prefix", ["static", "media"])
def test_folders_are_not_listed(app: Any, make: Factory, visitor: Browser, prefix: str) -> None:
    name = picture(app, make) if prefix == "media" else app.extensions["assets"].url("js/site.js")
    parts = name.strip("/").split("/")

    for depth in range(1, len(parts)):
        for end in ("", "/"):
            assert visitor.get("/" + "/".join(parts[:depth]) + end, follow=True).status == 404


@pytest.mark.parametrize(
    "query", ["__debugger__=yes&cmd=resource&f=debugger.js", "debug=1", "__debug__=1", "profile=1"]
)
def test_no_argument_opens_a_debugger(visitor: Browser, query: str) -> None:
    """V13.4.2."""
    plain, asked = (visitor.client.get(path, base_url=visitor.base_url) for path in ("/", f"/?{query}"))

    assert asked.data == plain.data


def test_no_answer_names_a_version(app: Any, make: Factory, world: World) -> None:
    """V13.4.6."""
    wrong = [
        (name, header)
        for name, answer in answers_of(app, make, world)
        for header in ("Server", "X-Powered-By", "X-Generator", "Via", "X-AspNet-Version")
        if header in answer.headers
    ]

    assert not wrong
