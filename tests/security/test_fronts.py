"""The shipped command behind the shipped proxies, as readers meet them: what the scanners of headers would see."""

import http.client
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from werkzeug.datastructures import Headers

from blog.web.guard import SECURITY_HEADERS
from tests.cli.test_serve import Running, free_port
from tests.parts import require
from tests.security.observatory import Answer, Scan, grade
from tests.security.proxies import NAME, Proxy, running_caddy, running_nginx


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`flask serve` with the settings that the samples name."""
    settings = {"BASE_URL": f"https://{NAME}", "TRUSTED_PROXIES": "127.0.0.1,::1"}
    running = Running(tmp_path_factory.mktemp("fronts"), "--upgrade", port=free_port(), settings=settings)
    running.wait_until_up()
    try:
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module", params=["nginx", "Caddy"])
def proxy(
    request: pytest.FixtureRequest, upstream: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """A shipped proxy in front of it."""
    require(request.param)
    folder: Path = tmp_path_factory.mktemp("front")
    start = {"nginx": running_nginx, "Caddy": running_caddy}[request.param]
    with start(folder, upstream.port) as proxy:
        yield proxy


def ask(proxy: Proxy, method: str, path: str, *, https: bool = True, body: str = "", **headers: str) -> Answer:
    """An answer through the proxy."""
    if https:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(NAME, context=context, timeout=20)
        connection.sock = proxy.connect()
    else:
        connection = http.client.HTTPConnection("127.0.0.1", proxy.http_port, timeout=20)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body or None, {"Host": NAME, **given})
    response = connection.getresponse()
    text = response.read().decode("utf-8", "replace")
    connection.close()
    return Answer(f"https://{NAME}{path}", response.status, Headers(response.getheaders()), text)


def test_the_front_is_worth_an_a_plus(proxy: Proxy) -> None:
    redirected = ask(proxy, "GET", "/", https=False)
    page = ask(proxy, "GET", "/")
    options = ask(proxy, "OPTIONS", "/", Origin="https://evil.test")

    found = grade(
        Scan(page, options, page.headers.getlist("Set-Cookie"), [f"http://{NAME}/", redirected.headers["Location"]])
    )

    assert (found.score, found.letter) == (155, "A+"), found.rows


@pytest.mark.parametrize("path", ["/", "/nowhere", "/login", "/feed.xml", "/robots.txt", "/static/x", "/healthz"])
def test_the_front_adds_no_header_twice_and_loses_none(proxy: Proxy, path: str) -> None:
    answer = ask(proxy, "GET", path)

    for name in (*SECURITY_HEADERS, "Strict-Transport-Security"):
        assert len(answer.headers.getlist(name)) == 1, name


def test_links_and_redirects_are_of_the_public_address(proxy: Proxy) -> None:
    away = ask(
        proxy, "GET", "/account/", X_Forwarded_Host="evil.test", X_Forwarded_Proto="http", Forwarded="host=evil.test"
    )
    feed = ask(proxy, "GET", "/feed.xml", X_Forwarded_Host="evil.test", X_Forwarded_Port="666")

    assert away.status == 303
    assert away.headers["Location"].startswith(("/login", f"https://{NAME}/login"))
    assert set(re.findall(r'href="(https?://[^/"]+)', feed.body)) == {f"https://{NAME}"}


def test_a_form_that_is_too_large_is_refused_by_either(proxy: Proxy) -> None:
    body = urlencode({"login": "a" * (2 * 2**20), "password": "x"})  # the blog's limit here is 1 MB, the proxies' 20

    answer = ask(
        proxy,
        "POST",
        "/login",
        body=body,
        Sec_Fetch_Site="same-origin",
        Content_Type="application/x-www-form-urlencoded",
    )

    assert answer.status == 413
