"""What MDN's HTTP Observatory would say of the blog: A+, with 155 on a page without a cookie and 160 on one with."""

from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse

from blog import create_app
from tests.browser_like import Browser
from tests.conftest import settings
from tests.factories import Factory
from tests.security.observatory import Answer, Grade, Scan, grade

pytestmark = pytest.mark.one_database

BASE_URL = "https://blog.spare-parts.info"
PROXY = "10.0.0.1"


@pytest.fixture
def behind_https(app: Any, tmp_path: Any) -> Any:
    """The blog on the same database, behind a proxy that speaks HTTPS."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    given = {"BASE_URL": BASE_URL, "TRUSTED_PROXIES": PROXY, "INSTANCE_PATH": str(tmp_path)}
    other = create_app(settings(**given) | {"SQLALCHEMY_DATABASE_URI": url})
    yield other
    with other.app_context():
        other.extensions["sqlalchemy"].engine.dispose()


def ask(client: Client, path: str, method: str = "GET", **headers: str) -> TestResponse:
    """A request as the proxy hands it on: over HTTP, with the scheme that its client used."""
    relayed = {"Host": "blog.spare-parts.info", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    return client.open(
        path, method=method, headers=relayed | headers, environ_overrides={"REMOTE_ADDR": PROXY}, base_url=BASE_URL
    )


def scan(client: Client, path: str, cookies: list[str]) -> Scan:
    """What the scanner gets of a page."""
    page = ask(client, path)
    options = ask(client, path, "OPTIONS", Origin="https://http-observatory.security.mozilla.org")
    route = [f"http://blog.spare-parts.info{path}", f"{BASE_URL}{path}"]  # deploy/nginx.conf and Caddy do this
    return Scan(
        page=Answer(BASE_URL + path, page.status_code, page.headers, page.text),
        cross_origin=Answer(BASE_URL + path, options.status_code, options.headers),
        cookies=[*cookies, *page.headers.getlist("Set-Cookie")],
        http_route=route,
    )


@pytest.mark.parametrize("path", ["/", "/login", "/archive/", "/tags/", "/search?q=x", "/register"])
def test_a_page_without_a_cookie_is_worth_155(behind_https: Any, path: str) -> None:
    found = grade(scan(Client(behind_https), path, []))

    assert (found.score, found.letter) == (155, "A+"), found.rows
    assert found.rows["cookies"] == 0


@pytest.mark.parametrize("path", ["/", "/account/", "/write/", "/write/new", "/account/sessions"])
def test_a_page_with_a_cookie_is_worth_160(behind_https: Any, make: Factory, path: str) -> None:
    browser = Browser(behind_https)
    browser.get("/login")
    user = make.user("admin")
    signed_in = browser.submit("/login", follow=False, login=user.username, password="correct horse battery staple")
    cookies = signed_in.response.headers.getlist("Set-Cookie")

    found = grade(scan(browser.client, path, cookies))

    assert [cookie.partition("=")[0] for cookie in cookies if cookie.startswith("__Host-session=")]
    assert (found.score, found.letter) == (160, "A+"), found.rows


# The tool itself: each row can fail.

GOOD = {
    "Content-Type": "text/html",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
SCRIPT = '<script src="/a.js" integrity="sha384-x"></script>'
COOKIE = "__Host-session=x; Secure; HttpOnly; SameSite=Lax; Path=/"


def graded(
    body: str = SCRIPT,
    cookies: tuple[str, ...] = (),
    sharing: dict[str, str] | None = None,
    route: tuple[str, ...] = ("http://b.info/", "https://b.info/"),
    url: str = "https://b.info/",
    **changes: str | None,
) -> Grade:
    """The grade of a good page with some headers changed; None takes one away."""
    headers = {name: changes.get(name.replace("-", "_"), value) for name, value in GOOD.items()}
    page = Answer(url, 200, Headers({name: value for name, value in headers.items() if value is not None}), body)
    return grade(Scan(page, Answer(url, 200, Headers(sharing or {})), list(cookies), list(route)))


def test_the_best_page_is_worth_what_the_sum_of_the_rules_is() -> None:
    assert graded().score == 155
    assert graded(cookies=(COOKIE,)).score == 160


CSP = "Content_Security_Policy"
ROWS: list[tuple[str, dict[str, Any], int]] = [
    ("content-security-policy", {CSP: None, "X_Frame_Options": "DENY"}, -25),
    ("content-security-policy", {CSP: "default-src 'self'; frame-ancestors 'none'"}, 5),
    ("content-security-policy", {CSP: "default-src 'none'; style-src 'unsafe-inline'"}, 0),
    ("content-security-policy", {CSP: "default-src 'none'; style-src 'unsafe-inline' 'sha256-x'"}, 10),
    ("content-security-policy", {CSP: "default-src 'none'; script-src 'unsafe-inline'"}, -20),
    ("content-security-policy", {CSP: "default-src 'none'; script-src data:"}, -20),
    ("content-security-policy", {CSP: "default-src 'none'; script-src https:"}, -20),
    ("content-security-policy", {CSP: "default-src 'none'; object-src *"}, -20),
    ("content-security-policy", {CSP: "img-src 'self'"}, -20),
    ("content-security-policy", {CSP: "default-src 'none'; script-src 'unsafe-eval'"}, -10),
    ("content-security-policy", {CSP: "default-src 'none'; img-src http:"}, -10),
    ("content-security-policy", {CSP: "default-src 'none'; connect-src http://a.info"}, -20),
    ("content-security-policy", {CSP: "default-src 'none'; img-src data:"}, 10),
    ("cookies", {"cookies": ("a=b; Secure; HttpOnly",)}, 0),
    ("cookies", {"cookies": ("a=b; HttpOnly; SameSite=Lax",)}, -5),
    ("cookies", {"cookies": ("session=b; HttpOnly; SameSite=Lax",)}, -10),
    ("cookies", {"cookies": ("session=b; HttpOnly", COOKIE), "Strict_Transport_Security": None}, -40),
    ("cookies", {"cookies": ("session=b; Secure; SameSite=Lax",)}, -30),
    ("cookies", {"cookies": ("csrf=b; Secure",)}, -20),
    ("cookies", {"cookies": ("a=b; Secure; SameSite=Sometimes",)}, -20),
    ("cross-origin-embedder-policy", {"Cross_Origin_Embedder_Policy": None}, 0),
    ("cross-origin-embedder-policy", {"Cross_Origin_Embedder_Policy": "yes"}, -5),
    ("cross-origin-opener-policy", {"Cross_Origin_Opener_Policy": "unsafe-none"}, 0),
    ("cross-origin-resource-policy", {"Cross_Origin_Resource_Policy": "cross-origin"}, 0),
    ("cross-origin-resource-policy", {"Cross_Origin_Resource_Policy": "all"}, -5),
    ("cross-origin-resource-sharing", {"sharing": {"Access-Control-Allow-Origin": "*"}}, 0),
    (
        "cross-origin-resource-sharing",
        {"sharing": {"Access-Control-Allow-Origin": "https://a", "Access-Control-Allow-Credentials": "true"}},
        -50,
    ),
    ("redirection", {"route": ("http://b.info/",)}, -20),
    ("redirection", {"route": ("http://b.info/", "http://www.b.info/", "https://b.info/")}, -10),
    ("redirection", {"route": ("http://b.info/", "https://www.b.info/")}, -5),
    ("redirection", {"route": ()}, 0),
    ("referrer-policy", {"Referrer_Policy": None}, 0),
    ("referrer-policy", {"Referrer_Policy": "unsafe-url"}, -5),
    ("strict-transport-security", {"Strict_Transport_Security": None}, -20),
    ("strict-transport-security", {"Strict_Transport_Security": "max-age=300"}, -10),
    ("strict-transport-security", {"Strict_Transport_Security": "for ever"}, -20),
    ("strict-transport-security", {"url": "http://b.info/"}, -20),
    ("subresource-integrity", {"body": ""}, 0),
    ("subresource-integrity", {"body": SCRIPT + "<script src='/b.js'></script>"}, 0),
    ("subresource-integrity", {"body": "<script src='https://c.info/b.js'></script>"}, -5),
    ("subresource-integrity", {"body": "<script src='http://c.info/b.js'></script>"}, -50),
    ("x-content-type-options", {"X_Content_Type_Options": None}, -5),
    ("x-frame-options", {CSP: "default-src 'none'", "X_Frame_Options": None}, -20),
    ("x-frame-options", {CSP: "default-src 'none'"}, 5),
]


@pytest.mark.parametrize(("row", "changes", "expected"), ROWS)
def test_each_rule_is_the_observatorys(row: str, changes: dict[str, Any], expected: int) -> None:
    assert graded(**changes).rows[row] == expected


def test_what_adds_counts_only_where_little_is_taken_away() -> None:
    assert graded(X_Content_Type_Options=None, Referrer_Policy="unsafe-url").score == 90 + 50
    assert graded(Strict_Transport_Security=None).score == 80


def test_an_error_page_is_not_scored() -> None:
    with pytest.raises(ValueError, match="404"):
        grade(Scan(Answer("https://b.info/", 404, Headers()), Answer("https://b.info/", 200, Headers())))
