"""Requests that would lead elsewhere, change what the next reader gets, or be taken for another page by a cache."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.test import Client, TestResponse

from tests.browser_like import Browser
from tests.factories import PASSWORD, Factory

pytestmark = pytest.mark.one_database

# Redirects (attack 50, V3.7.2)


ELSEWHERE = [
    "//evil.test", "///evil.test", "////evil.test", "//evil.test/", "//evil.test/%2f..", "/\\evil.test", "\\\\evil.test",
    "\\/evil.test", "/\\/evil.test", "\\evil.test", "/%5cevil.test/..//evil.test", "https://evil.test", "https:evil.test",
    "https:/evil.test", "https:///evil.test", "http:evil.test", "hTTps://evil.test", "ftp://evil.test", "//evil.test:80/x",
    "/\t/evil.test", "/\n/evil.test", "/\r/evil.test", "\t//evil.test", "\n//evil.test", " //evil.test", "\x00//evil.test",
    "\x01//evil.test", "\x1f//evil.test", "\x7f//evil.test", "/\x00/evil.test", "/ /evil.test", "/\x0b/evil.test",
    "/\x0c/evil.test", "//user@evil.test", "/@evil.test", "@evil.test", "//127.0.0.1:8000@evil.test", "evil.test",
    "/.evil.test", ".evil.test", "/..//evil.test", "/./\\evil.test", "/a/..//evil.test", "/a//evil.test", "/;@evil.test",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)", "data:text/html,x",
    "vbscript:x", "mailto:a@evil.test", "file:///etc/passwd", "blob:x", "//evil。test", "//evil．test", "/／evil.test",
    "／／evil.test", "//%65vil.test", "//ⅇvil.test", "http://127.0.0.1:8000@evil.test", "http://127.0.0.1:8000.evil.test",
    "http://127.0.0.1:8000\\@evil.test", "http://[::1]@evil.test", "/%0d%0aLocation:%20https://evil.test",
    "/\r\nLocation: https://evil.test", "/\r\nSet-Cookie: a=b", "/%0aSet-Cookie:a=b", "?next=//evil.test", "#//evil.test",
    "", "/" * 50 + "evil.test", "/%2f/evil.test", "/%2fevil.test", "/%09/evil.test", "//\u200bevil.test", "/\u2028/evil.test",
    "/\u00ad/evil.test", "//xn--evil-test", "http:\\\\evil.test", "https&colon;//evil.test", "%2f%2fevil.test", "/\ud800/evil.test",
]  # fmt: skip
"""What leads away from the site in some browser or some reading of the standard."""


def where_a_browser_goes(page: str, location: str) -> str:
    """The scheme and host that a redirect leads to, as the URL standard reads it (url.spec.whatwg.org, 4.4)."""
    text = re.sub(r"[\t\n\r]", "", location).strip("".join(map(chr, range(33)))).replace("\\", "/")
    if own := re.match(
        r"(https?):(?!//)/*(.*)", text, re.I | re.S
    ):  # one slash or none: still another host, to be safe
        text = f"{own[1]}://{own[2]}"
    if text.startswith("//"):
        text = "//" + text.lstrip("/")
    parts = urlsplit(urljoin(page, text))
    return f"{parts.scheme}://{parts.netloc}"


def redirects(app: Any, make: Factory, target: str) -> Iterator[tuple[str, TestResponse]]:
    """The answer of every address that takes `next` from its reader."""
    base, own = app.config["BASE_URL"], {"Sec-Fetch-Site": "same-origin"}
    user = make.user("admin")
    client = Client(app)
    form = {"login": user.username, "password": PASSWORD, "next": target}
    yield "log in", client.post("/login", base_url=base, data=form, headers=own)
    for path in ("/login", "/register"):
        yield path, client.get(path, base_url=base, query_string={"next": target})
    page = client.get("/account/", base_url=base)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]  # type: ignore[index]
    sent = {"csrf_token": token, "next": target}
    yield (
        "confirm",
        client.post("/account/confirm", base_url=base, data=sent | {"current_password": PASSWORD}, headers=own),
    )
    comment = make.comment(make.post())
    for act in ("hiding", "hiding/deletion"):
        yield act, client.post(f"/comments/{comment.id}/{act}", base_url=base, data=sent, headers=own)
    asleep = {"user": str(make.user().id)}
    for act in ("deactivation", "deactivation/deletion"):
        yield act, client.post(f"/admin/users/{act}", base_url=base, data=sent | asleep, headers=own)


@pytest.mark.parametrize("address", ELSEWHERE, ids=ascii)
def test_no_redirect_leads_elsewhere(app: Any, make: Factory, address: str) -> None:
    base = app.config["BASE_URL"]
    sent = address.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    led = 0

    for name, answer in redirects(app, make, sent):
        assert answer.status_code < 500, name
        assert "a=b" not in str(answer.headers.getlist("Set-Cookie")), name
        assert len(answer.headers.getlist("Location")) <= 1, name
        if location := answer.headers.get("Location"):
            led += 1
            assert where_a_browser_goes(base, location) == base, (name, location)
            assert location.isascii() and location.isprintable(), (name, location)  # noqa: PT018

    assert led >= 4


@pytest.mark.parametrize(
    "address", ["/archive/", "/posts/x?a=b&c=d#e", "/search?q=a%2Fb", "/write/comments?before=x#comment-3"]
)
def test_a_redirect_leads_back_to_where_one_was(app: Any, make: Factory, address: str) -> None:
    answers = dict(redirects(app, make, address))

    assert {name: answers[name].headers["Location"] for name in ("log in", "/login", "hiding")} == {
        "log in": address, "/login": address, "hiding": address,
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["//evil.test/", "//evil.test//", "//evil.test/%2f..", "/\\evil.test/", "/%5cevil.test/", "//evil.test/index.html",
     "/archive//evil.test/", "/%2f%2fevil.test/", "/posts//evil.test/", "///evil.test/tags/", "/tags/?//evil.test"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["", "/", "/.", "/index.html", "//"])
def test_no_odd_path_becomes_another_host(app: Any, path: str, end: str) -> None:
    base = app.config["BASE_URL"]
    environ = {"PATH_INFO": path.partition("?")[0] + end, "RAW_URI": path + end, "REQUEST_URI": path + end}

    answer = Client(app).get("/", base_url=base, environ_overrides=environ)

    assert answer.status_code < 500
    if location := answer.headers.get("Location"):
        assert where_a_browser_goes(base, location) == base, location


# Hosts (attack 21)


POISONED_HOSTS = [
    "evil.test", "127.0.0.1:8000@evil.test", "evil.test@127.0.0.1:8000", "127.0.0.1:8000.evil.test", "evil.test:8000", "127.0.0.1:80",
    "127.0.0.1:8000/evil.test", "127.0.0.1:8000#evil", "127.0.0.1:8000?evil", "127.0.0.1:8000, evil.test", "127.0.0.1:8000 evil.test",
    "127.0.0.1:8000\tevil.test", "[::1].evil.test", "127.0.0.1:8000:80", "127.0.0.1:", "127.0.0.1.:8000", "127.0.0.1:08000x", "",
]  # fmt: skip


@pytest.mark.parametrize("host", POISONED_HOSTS)
def test_a_foreign_host_gets_no_link_and_makes_none(app: Any, make: Factory, host: str) -> None:
    answer = Client(app).get("/", base_url=app.config["BASE_URL"], environ_overrides={"HTTP_HOST": host})

    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert answer.headers.get("Location") is None


# Caches (attacks 53 to 55)


_LISTED = Path(__file__).with_name("poisoning_headers.txt").read_text(encoding="ascii").splitlines()
POISON = dict(line.split(": ", 1) for line in _LISTED)
"""Headers by which others' caches were poisoned, each with a value that would show."""


def as_sent(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """Every byte of an answer but the time of day."""
    return answer.status_code, sorted(pair for pair in answer.headers if pair[0] != "Date"), answer.data


def public_pages(app: Any, make: Factory) -> list[str]:
    """A page of each kind that a cache in front may keep."""
    post = make.post("Ink", tags=["Bread"], author=make.user("author", username="ada"))
    return ["/", f"/posts/{post.slug}", f"/posts/{post.slug}.md", "/tags/", "/tags/bread", "/authors/ada", "/archive/", "/search?q=ink",
            "/feed.xml", "/robots.txt", "/login", "/register", "/nowhere"]  # fmt: skip


def test_no_header_changes_what_the_next_reader_gets(app: Any, make: Factory, record_property: Any) -> None:
    """Attack 53: nor does it change the answer that it came with, so that there is nothing to be kept."""
    base, wrong, count = app.config["BASE_URL"], [], 0
    assert len(POISON) >= 60
    for path in public_pages(app, make):
        clean = as_sent(Client(app).get(path, base_url=base))
        for name, value in POISON.items():
            count += 1
            answer = as_sent(Client(app).get(path, base_url=base, headers={name: value}))
            if answer != clean or b"evil" in answer[2]:
                wrong.append((path, name))
        if as_sent(Client(app).get(path, base_url=base)) != clean:
            wrong.append((path, "afterwards"))

    record_property("figure", f"poisoning: {count} answers of {len(POISON)} headers, none differs from the clean one")
    assert not wrong


@pytest.mark.parametrize(
    "header", [{"Range": "bytes=0-9"}, {"Accept-Encoding": "br"}, {"If-None-Match": "*"}, {"If-Match": '"x"'}]
)
def test_what_may_change_an_answer_changes_no_other(app: Any, make: Factory, header: dict[str, str]) -> None:
    base = app.config["BASE_URL"]
    for path in public_pages(app, make):
        clean = as_sent(Client(app).get(path, base_url=base))

        other = Client(app).get(path, base_url=base, headers=header)

        assert as_sent(Client(app).get(path, base_url=base)) == clean
        if other.status_code == 200 and other.data != clean[2]:
            assert "Accept-Encoding" in other.headers["Vary"], path


PERSONAL = ["/account/", "/account/sessions", "/account/email", "/write/", "/admin/", "/admin/users"]
DELIMITERS = ["/", ";", "%2f", "%3b", "%00", "%0a", "%0d%0a", "%23", "%3f", "\\", "%5c", "%09", "%20", "!", "$", "&", "'", "(", "*", "+",
              ",", ":", "=", "@", "~", "|", "%2e", "/..%2f", "/.%2f", "%252f", "/%2e%2e%2f", ".", "..;/", "//"]  # fmt: skip
SUFFIXES = [
    "x.css",
    "x.js",
    "x.png",
    "x.jpg",
    "x.ico",
    "x.woff2",
    "robots.txt",
    "favicon.ico",
    "feed.xml",
    "index.html",
    ".css",
    ".json",
]


def test_no_address_beside_a_personal_page_shows_it(app: Any, make: Factory, record_property: Any) -> None:
    """Attack 54 and V14.2.5: what a cache would take for a file is not found, and is not to be kept."""
    owner = make.user("admin", username="hidden-owner", display_name="Hildegard Hidden")
    browser, wrong, count = Browser(app).sign_in(owner), [], 0
    addresses = [
        page.rstrip("/") + delimiter + suffix for page, delimiter, suffix in product(PERSONAL, DELIMITERS, SUFFIXES)
    ]
    addresses += [f"/static/..%2f{page.strip('/')}" for page in PERSONAL] + [
        f"/media/../{page.strip('/')}" for page in PERSONAL
    ]

    for address in addresses:
        count += 1
        answer = browser.client.get(address, base_url=browser.base_url)
        kept = re.search(r"public|max-age=[1-9]", answer.headers.get("Cache-Control", ""))
        if answer.status_code not in (301, 303, 308, 400, 404) or kept:
            wrong.append((address, answer.status_code, answer.headers.get("Cache-Control")))

    record_property("figure", f"deception: {count} addresses beside personal pages, none shows one or may be kept")
    assert not wrong


def test_what_is_personal_is_never_to_be_kept(app: Any, make: Factory) -> None:
    """V14.2.2."""
    browser = Browser(app).sign_in(make.user("admin"))
    for path in [*PERSONAL, *public_pages(app, make), "/write/new"]:
        answer = browser.client.get(path, base_url=browser.base_url)

        assert answer.headers["Cache-Control"] == "private, no-store", path


def test_nobody_gets_anothers_page(app: Any, make: Factory, record_property: Any) -> None:
    """Attack 55: many readers in turn, each with the ETags that the others got."""
    people = {
        name: make.user("admin", username=name, display_name=f"Name-of-{name}")
        for name in ("aaa-one", "bbb-two", "ccc-three")
    }
    post = make.post("Ink", author=make.user("author", username="ada"))
    clients = {name: Browser(app).sign_in(user).client for name, user in people.items()} | {"": Client(app)}
    paths = ["/", f"/posts/{post.slug}", "/archive/", "/tags/", "/search?q=ink", "/account/", "/write/", "/nowhere"]
    random, etags, wrong, requests = Random(54), ['"x"'], [], 1_000

    for _ in range(requests):
        name, path = random.choice(list(clients)), random.choice(paths)
        headers = random.choice([{}, {"If-None-Match": ", ".join(random.sample(etags, min(4, len(etags))))}])
        answer = clients[name].get(path, base_url=app.config["BASE_URL"], headers=headers)
        etags += [answer.headers["ETag"]] if "ETag" in answer.headers else []
        others = [other for other in people if other != name and f"Name-of-{other}" in answer.text]
        personal = not name and ("csrf_token" in answer.text or "Set-Cookie" in answer.headers)
        if others or personal or (name and answer.status_code == 304):
            wrong.append((name, path, answer.status_code, others))
        if (
            not name
            and "Cookie" not in answer.headers.get("Vary", "")
            and answer.headers["Cache-Control"] != "no-cache"
        ):
            wrong.append((name, path, answer.headers["Cache-Control"]))

    record_property("figure", f"{requests} requests of four readers in turn, none got another's page")
    assert not wrong
