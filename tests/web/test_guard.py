"""The guard: which requests pass, what the others are told, and the headers of every answer."""

import base64
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import html5lib
import pytest
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app
from werkzeug.wrappers import Request, Response

from blog.web.guard import (
    HEADER_COUNT_LIMIT,
    HEADER_LIMIT,
    HEADERS_LIMIT,
    PATH_LIMIT,
    QUERY_LIMIT,
    SECURITY_HEADERS,
    Guard,
)
from blog.web.guard.bodies import FORM_FIELD_LIMIT

pytestmark = pytest.mark.one_database

LIMIT = 1_000
FORM = "application/x-www-form-urlencoded"
BOUNDARY = "BoUnDaRy"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


class HungUp(io.RawIOBase):
    """A body whose client hangs up after `start`, as servers other than granian report it."""

    def __init__(self, start: bytes) -> None:
        self._stream = io.BytesIO(start)

    def read(self, size: int | None = -1, /) -> bytes:
        """What came, then the error."""
        data = self._stream.read(size)
        if not data:
            raise OSError("connection reset")
        return data


class Asked:
    """A small real application: it reads its form or its body and tells what it was asked."""

    def __init__(self) -> None:
        self.acts: list[bytes] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with what arrived."""
        request = Request(environ)
        if request.method == "POST":
            body = repr(request.form.to_dict()).encode() if request.form else request.get_data()
            self.acts.append(body)
        asked = {
            "host": request.host,
            "scheme": request.scheme,
            "address": request.remote_addr,
            "headers": sorted(name.lower() for name, _ in request.headers),
            "length": len(self.acts[-1]) if self.acts else 0,
        }
        return Response(json.dumps(asked), mimetype="application/json")(environ, start_response)


def guarded(app: Any = None, **settings: Any) -> Guard:
    """An app behind the guard of https://blog.example.org."""
    given: dict[str, Any] = {"base_url": "https://blog.example.org", "body_limit": LIMIT} | settings
    return Guard(app or Asked(), **given)


def answer_to(environ: WSGIEnvironment, app: Guard) -> TestResponse:
    """What `app` answers to exactly this environ."""
    return TestResponse(*run_wsgi_app(app, environ, buffered=True), request=Request(environ))


def told(answer: TestResponse) -> dict[str, Any]:
    """What the app was asked, as it tells it."""
    asked: dict[str, Any] = json.loads(answer.data)
    return asked


def get(app: Guard, path: str = "/", **environ: str) -> TestResponse:
    """A GET with a right Host, changed by `environ`."""
    given = EnvironBuilder(base_url="https://blog.example.org").get_environ() | {"PATH_INFO": path}
    return answer_to(given | environ, app)


def post(app: Guard, body: bytes | io.RawIOBase, **environ: Any) -> TestResponse:
    """A POST of a form with its length, changed by `environ`; a chunked one if the length is None."""
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    length = len(body) if isinstance(body, bytes) else 0
    given = EnvironBuilder(method="POST", base_url="https://blog.example.org").get_environ() | {
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(length),
        "wsgi.input": stream,
    }
    return answer_to({name: value for name, value in (given | environ).items() if value is not None}, app)


def chunked(app: Guard, body: bytes, **environ: Any) -> TestResponse:
    """A POST of `body` in chunks, as a server that joins chunks hands it on."""
    joined = {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    return post(app, body, **(joined | environ))


# Hosts


@pytest.mark.parametrize("host", ["blog.example.org", "BLOG.example.org", "blog.example.org:443", "www.example.org"])
def test_known_hosts_are_answered_as_the_public_address(host: str) -> None:
    app = guarded(trusted_hosts=["www.example.org"])

    answer = get(app, HTTP_HOST=host, **{"wsgi.url_scheme": "http"})

    assert answer.status_code == 200
    assert (told(answer)["host"], told(answer)["scheme"]) == ("blog.example.org", "https")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "blog.example.org:8000",
        "blog.example.org.",
        "blog.example.org,evil.example",  # two Host headers, joined by the server
        "evil@blog.example.org",
        "blog.example.org evil",
        "blog.example.org/",
        "127.0.0.1",
    ],
)
def test_other_hosts_are_refused_without_an_echo(host: str) -> None:
    answer = get(guarded(), HTTP_HOST=host)

    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert 'href="https://blog.example.org/"' in answer.text


def test_a_missing_host_is_refused() -> None:
    environ = EnvironBuilder(base_url="https://blog.example.org").get_environ()
    del environ["HTTP_HOST"]

    assert answer_to(environ, guarded()).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_this_machine_answers_to_all_its_own_names(host: str) -> None:
    answer = get(guarded(base_url="http://127.0.0.1:8000"), HTTP_HOST=host)

    assert told(answer)["host"] == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8001", "localhost.evil.example:8000"])
def test_this_machine_answers_at_its_own_port_only(host: str) -> None:
    assert get(guarded(base_url="http://127.0.0.1:8000"), HTTP_HOST=host).status_code == 400


@pytest.mark.parametrize("host", ["192.168.1.5", "192.168.1.5:8000", "[fe80::1]:8000", "blog.lan:9000"])
def test_a_trusted_host_counts_with_the_port_of_the_blog_or_its_own(host: str) -> None:
    app = guarded(base_url="http://127.0.0.1:8000", trusted_hosts=["192.168.1.5", "fe80::1", "blog.lan:9000"])

    assert get(app, HTTP_HOST=host).status_code == 200
    assert get(app, HTTP_HOST="blog.lan").status_code == 400


def test_a_health_probe_may_come_by_any_name() -> None:
    answer = get(guarded(), "/healthz", HTTP_HOST="10.0.0.7:8000")

    assert told(answer)["host"] == "blog.example.org"
    assert get(guarded(), "/healthz/", HTTP_HOST="10.0.0.7:8000").status_code == 400


# Methods and addresses


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_the_methods_that_pages_need_pass(method: str) -> None:
    assert get(guarded(), REQUEST_METHOD=method).status_code == 200


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("PUT", 405),
        ("DELETE", 405),
        ("PATCH", 405),
        ("TRACE", 405),
        ("CONNECT", 405),
        ("PROPFIND", 501),
        ("FOO", 501),
        ("get", 501),
    ],
)
def test_other_methods_are_refused_with_the_right_ones(method: str, status: int) -> None:
    answer = get(guarded(), REQUEST_METHOD=method)

    assert answer.status_code == status
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_options_of_the_whole_server_is_refused() -> None:
    assert get(guarded(), "*", REQUEST_METHOD="OPTIONS").status_code == 405


@pytest.mark.parametrize("path", ["/a\0b", "/a\nb", "/\x1b[2J", "/\x7f", "", "http://evil.example/"])
def test_an_address_with_control_characters_or_no_path_is_refused(path: str) -> None:
    assert get(guarded(), path).status_code == 400


def test_an_address_may_be_as_long_as_the_limits_and_no_longer() -> None:
    app = guarded()

    assert get(app, "/" + "a" * (PATH_LIMIT - 1)).status_code == 200
    assert get(app, "/" + "a" * PATH_LIMIT).status_code == 414
    assert get(app, QUERY_STRING="q" * QUERY_LIMIT).status_code == 200
    assert get(app, QUERY_STRING="q" * (QUERY_LIMIT + 1)).status_code == 414


# Headers


def test_one_header_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert get(guarded(), HTTP_COOKIE="a" * HEADER_LIMIT).status_code == 200
    assert get(guarded(), HTTP_COOKIE="a" * (HEADER_LIMIT + 1)).status_code == 431


def test_all_headers_together_are_limited() -> None:
    host = len("blog.example.org")
    most = {f"HTTP_X_{number}": "a" * 8_000 for number in range(4)}
    most["HTTP_X_4"] = "a" * (HEADERS_LIMIT - 4 * 8_000 - host)

    assert get(guarded(), **most).status_code == 200
    assert get(guarded(), **most, HTTP_X_5="a").status_code == 431


def test_the_number_of_headers_is_limited() -> None:
    most = {f"HTTP_X_{number}": "a" for number in range(HEADER_COUNT_LIMIT - 1)}  # and Host

    assert get(guarded(), **most).status_code == 200
    assert get(guarded(), **most, HTTP_X_ONE="a").status_code == 431


# Proxies


FORWARDED = {
    "HTTP_X_FORWARDED_FOR": "203.0.113.9",
    "HTTP_X_FORWARDED_HOST": "www.example.org",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_PORT": "1",
    "HTTP_X_REAL_IP": "203.0.113.9",
    "HTTP_FORWARDED": "for=203.0.113.9",
    "HTTP_X_ORIGINAL_URL": "/admin/",
    "HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE",
}


def test_what_a_stranger_says_about_itself_is_dropped() -> None:
    answer = get(guarded(trusted_proxies=["10.0.0.0/8"]), REMOTE_ADDR="198.51.100.4", **FORWARDED)

    assert told(answer)["address"] == "198.51.100.4"
    assert told(answer)["headers"] == ["host"]


def test_a_trusted_proxy_is_believed_and_its_headers_go_no_further() -> None:
    app = guarded(base_url="http://localhost:8000", trusted_hosts=["www.example.org"], trusted_proxies=["10.0.0.1/32"])

    answer = get(app, REMOTE_ADDR="10.0.0.1", HTTP_HOST="inner:8000", **FORWARDED)

    assert told(answer)["address"] == "203.0.113.9"
    assert told(answer)["headers"] == ["host"]
    assert (told(answer)["host"], told(answer)["scheme"]) == ("www.example.org", "https")


def test_a_forwarded_host_must_be_known_too() -> None:
    app = guarded(trusted_proxies=["10.0.0.1/32"])

    assert get(app, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_HOST="evil.example").status_code == 400


@pytest.mark.parametrize(
    ("forwarded", "client_address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the left one is the client's own word
        ("1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.9.9.9, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:db8::9]:443", "2001:db8::9"),
        ("2001:db8::9", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", "10.0.0.1"),
        ("203.0.113.9, unknown", "10.0.0.1"),
        ("203.0.113.9,", "10.0.0.1"),
        ("1.1.1.1\n", "1.1.1.1"),
        ("", "10.0.0.1"),
        ("1.1.1.1%25eth0", "10.0.0.1"),
    ],
)
def test_the_right_most_address_that_is_no_proxy_is_the_client(forwarded: str, client_address: str) -> None:
    app = guarded(trusted_proxies=["10.0.0.0/8", "::1/128"])

    answer = get(app, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert told(answer)["address"] == client_address


def test_an_ipv4_peer_of_an_ipv6_socket_has_its_ipv4_address() -> None:
    assert told(get(guarded(), REMOTE_ADDR="::ffff:198.51.100.4"))["address"] == "198.51.100.4"


# Bodies


def test_a_body_up_to_the_limit_arrives_whole() -> None:
    app = Asked()

    answer = post(guarded(app), b"a=" + b"b" * (LIMIT - 2))

    assert answer.status_code == 200
    assert app.acts == [repr({"a": "b" * (LIMIT - 2)}).encode()]


def test_a_longer_body_is_refused_before_the_app_is_asked() -> None:
    app = Asked()

    answer = post(guarded(app), b"a" * (LIMIT + 1))

    assert answer.status_code == 413
    assert app.acts == []


@pytest.mark.parametrize("extra", [1, 2, 5 * LIMIT])
@pytest.mark.parametrize("type_", [FORM, MULTIPART, "application/json", "text/plain", ""])
def test_a_chunked_body_past_the_limit_is_refused_and_never_cut_short(extra: int, type_: str) -> None:
    app = Asked()

    answer = chunked(guarded(app), b"a" * (LIMIT + extra), CONTENT_TYPE=type_)

    assert answer.status_code == 413
    assert app.acts == []


def test_a_chunked_multipart_body_up_to_the_limit_arrives_whole() -> None:
    app = Asked()
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n%s\r\n--{BOUNDARY}--\r\n'
    text = "b" * (LIMIT - len(part) + 2)

    answer = chunked(guarded(app), (part % text).encode(), CONTENT_TYPE=MULTIPART)

    assert answer.status_code == 200
    assert app.acts == [repr({"a": text}).encode()]


def test_a_chunked_json_body_up_to_the_limit_arrives_whole() -> None:
    app = Asked()
    body = b'"' + b"a" * (LIMIT - 2) + b'"'

    assert chunked(guarded(app), body, CONTENT_TYPE="application/json").status_code == 200
    assert app.acts == [body]


def test_a_chunked_multipart_body_without_its_end_was_cut_off() -> None:
    app = Asked()
    body = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf of'.encode()

    assert chunked(guarded(app), body, CONTENT_TYPE=MULTIPART).status_code == 400
    assert app.acts == []


@pytest.mark.parametrize("type_", [FORM, "text/plain", ""])
def test_a_chunked_body_that_does_not_show_its_end_needs_a_length(type_: str) -> None:
    app = Asked()

    assert chunked(guarded(app), b"a=b", CONTENT_TYPE=type_).status_code == 411
    assert app.acts == []


def test_a_chunked_body_that_the_server_does_not_join_needs_a_length() -> None:
    assert chunked(guarded(), b"3\r\na=b\r\n0\r\n\r\n", **{"wsgi.input_terminated": None}).status_code == 411


@pytest.mark.parametrize("type_", [FORM, MULTIPART, "application/json", ""])
@pytest.mark.parametrize("sent", [b"title=half+of", b""])
@pytest.mark.parametrize("stream", [io.BytesIO, HungUp])
def test_a_body_whose_client_hung_up_is_not_acted_upon(stream: type[Any], sent: bytes, type_: str) -> None:
    app = Asked()

    answer = post(guarded(app), stream(sent), CONTENT_LENGTH="500", CONTENT_TYPE=type_)

    assert answer.status_code == 400
    assert app.acts == []


def test_a_server_that_leaves_the_end_to_the_length_is_not_read_past_it() -> None:
    app = Asked()

    post(guarded(app), b"a=bc", CONTENT_LENGTH="3")

    assert app.acts == [repr({"a": "b"}).encode()]


@pytest.mark.parametrize("length", ["-1", "+3", "3.0", "1e3", "0x3", "3, 3", " 3", "٣", "9" * 19, "9" * 5_000])
def test_a_length_that_is_no_plain_number_is_refused(length: str) -> None:
    assert post(guarded(), b"a=b", CONTENT_LENGTH=length).status_code == 400


@pytest.mark.parametrize("coding", ["chunked", "identity", ""])
def test_a_body_with_two_ways_to_end_is_refused(coding: str) -> None:
    answer = post(guarded(), b"a=b", HTTP_TRANSFER_ENCODING=coding)

    assert answer.status_code == (400 if coding else 200)


@pytest.mark.parametrize("coding", ["gzip, chunked", "xchunked", "chunked, identity", "identity"])
def test_other_transfer_codings_are_refused(coding: str) -> None:
    assert chunked(guarded(), b"a=b", HTTP_TRANSFER_ENCODING=coding).status_code == 400


def test_a_form_with_too_many_fields_is_refused() -> None:
    app = guarded(body_limit=100_000)

    assert post(app, b"&".join([b"a=b"] * FORM_FIELD_LIMIT)).status_code == 200
    assert post(app, b"&".join([b"a=b"] * (FORM_FIELD_LIMIT + 1))).status_code == 413


def test_forms_and_files_arrive_as_werkzeugs_client_sends_them() -> None:
    client = Client(guarded(base_url="http://localhost"))

    assert told(client.post("/", data={"a": "b"}))["length"] == len(repr({"a": "b"}))
    assert client.post("/", data={"a": "b", "picture": (io.BytesIO(b"c" * 200), "c.png")}).status_code == 200
    assert client.post("/", data={"a": "b", "picture": (io.BytesIO(b"c" * LIMIT), "c.png")}).status_code == 413


def test_a_body_on_a_get_is_counted_too() -> None:
    assert post(guarded(), b"a" * (LIMIT + 1), REQUEST_METHOD="GET").status_code == 413


def test_an_app_that_swallows_the_refusal_does_not_have_the_last_word() -> None:
    def swallows(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read()
        except Exception:
            text = b"Thank you"
        return Response(text)(environ, start_response)

    answer = chunked(guarded(swallows), b"a" * (LIMIT + 1), CONTENT_TYPE=MULTIPART)

    assert answer.status_code == 413
    assert "Thank you" not in answer.text


def test_a_body_that_no_view_reads_is_counted_too() -> None:
    ready = Response("ok")

    assert chunked(guarded(ready), b"a" * (LIMIT + 1), CONTENT_TYPE="text/plain").status_code == 413
    assert post(guarded(ready), b"a", CONTENT_LENGTH="2", CONTENT_TYPE="").status_code == 400
    assert post(guarded(ready), b"a", CONTENT_TYPE="").status_code == 200


def test_who_reads_exactly_up_to_the_limit_hears_of_what_lies_behind() -> None:
    def reads_the_limit(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return Response(environ["wsgi.input"].read(LIMIT))(environ, start_response)

    assert chunked(guarded(reads_the_limit), b"a" * (LIMIT + 1), CONTENT_TYPE=MULTIPART).status_code == 413


def test_every_later_reading_is_refused_too() -> None:
    seen: list[int] = []

    def insists(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for _ in range(3):
            try:
                environ["wsgi.input"].read(10_000)
            except Exception as error:
                seen.append(getattr(error, "code", 0))
        return Response()(environ, start_response)

    chunked(guarded(insists), b"a" * (LIMIT + 1), CONTENT_TYPE=MULTIPART)

    assert seen == [413, 413, 413]


def test_the_apps_own_page_about_the_refusal_is_kept() -> None:
    def explains(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read()
        except Exception as error:
            code = getattr(error, "code", 500)
        return Response("Your picture is too large", code)(environ, start_response)

    answer = chunked(guarded(explains), b"a" * (LIMIT + 1), CONTENT_TYPE=MULTIPART)

    assert (answer.status_code, answer.text) == (413, "Your picture is too large")
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_rest_of_a_refused_body_is_read_after_the_answer_so_that_the_answer_is_seen() -> None:
    stream = io.BytesIO(b"a" * 300_000)
    environ = EnvironBuilder(method="POST", base_url="https://blog.example.org").get_environ()
    environ |= {"wsgi.input": stream, "CONTENT_LENGTH": "300000"}

    chunks, status, _ = run_wsgi_app(Guard(Asked(), base_url="https://blog.example.org", body_limit=LIMIT), environ)
    answer = iter(chunks)
    next(answer)
    read_before = stream.tell()
    list(answer)

    assert status.startswith("413")
    assert (read_before, stream.tell()) == (0, 300_000)


def test_nothing_is_read_from_a_client_that_waits_for_leave_to_send() -> None:
    stream = io.BytesIO(b"a" * 300_000)

    post(guarded(), b"", CONTENT_LENGTH="300000", HTTP_EXPECT="100-continue", **{"wsgi.input": stream})

    assert stream.tell() == 0


def test_lines_can_be_read_from_a_body() -> None:
    lines: list[bytes] = []

    def reads_lines(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        lines.extend(environ["wsgi.input"])
        return Response()(environ, start_response)

    post(guarded(reads_lines), b"one\ntwo\n\nfour", CONTENT_TYPE=MULTIPART)

    assert lines == [b"one\n", b"two\n", b"\n", b"four"]


def test_granian_is_told_to_close_a_connection_that_sent_chunks() -> None:
    with_granian = chunked(guarded(), b'"a"', CONTENT_TYPE="application/json", SERVER_SOFTWARE="Granian")
    elsewhere = chunked(guarded(), b'"a"', CONTENT_TYPE="application/json")

    assert with_granian.headers["Connection"] == "close"
    assert "Connection" not in elsewhere.headers


# Answers


def fails(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
    """An app with a fault."""
    raise RuntimeError("the secret is 1234")


ANSWERS = {
    "a page": lambda: get(guarded()),
    "a wrong host": lambda: get(guarded(), HTTP_HOST="evil.example"),
    "a wrong method": lambda: get(guarded(), REQUEST_METHOD="TRACE"),
    "a long address": lambda: get(guarded(), "/" + "a" * PATH_LIMIT),
    "large headers": lambda: get(guarded(), HTTP_COOKIE="a" * (HEADER_LIMIT + 1)),
    "a large body": lambda: post(guarded(), b"a" * (LIMIT + 1)),
    "a body without a length": lambda: chunked(guarded(), b"a=b"),
    "a fault": lambda: get(guarded(fails)),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_every_answer_has_the_security_headers(answer: Any) -> None:
    headers = answer().headers

    for name in SECURITY_HEADERS:
        assert len(headers.getlist(name)) == 1, name
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_policy_of_pages_is_exactly_this() -> None:
    assert get(guarded()).headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )


def test_a_header_that_the_app_set_itself_stays() -> None:
    own = Response(headers={"content-security-policy": "sandbox", "Cross-Origin-Resource-Policy": "cross-origin"})

    headers = get(guarded(own)).headers

    assert headers.getlist("Content-Security-Policy") == ["sandbox"]
    assert headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_without_https_nothing_is_promised_about_it() -> None:
    answer = get(guarded(base_url="http://localhost"), HTTP_HOST="localhost")

    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("answer", list(ANSWERS.values())[1:], ids=list(ANSWERS)[1:])
def test_the_guards_own_pages_are_whole_and_need_nothing_else(answer: Any) -> None:
    response = answer()

    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.text)
    assert [element.text for element in document.iter("h1")] == [document.findtext(".//title")]
    assert document.find(".//main[@id='main']") is not None
    assert not {element.tag for element in document.iter()} & {"script", "link", "img"}
    assert response.headers["Cache-Control"] == "no-store"
    assert int(response.headers["Content-Length"]) == len(response.data)


def test_the_style_of_the_guards_pages_is_the_one_that_their_policy_allows() -> None:
    answer = get(guarded(), HTTP_HOST="evil.example")

    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in answer.headers["Content-Security-Policy"]


def test_a_fault_shows_nothing_of_itself_and_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    answer = get(guarded(fails), "/posts/x\x80")

    assert answer.status_code == 500
    assert "1234" not in answer.text
    assert "RuntimeError: the secret is 1234" in caplog.text


def test_a_fault_is_raised_on_where_that_is_wanted() -> None:
    with pytest.raises(RuntimeError):
        get(guarded(fails, raises=lambda: True))


def test_head_has_the_headers_of_the_page_and_no_body() -> None:
    answer = get(guarded(), HTTP_HOST="evil.example", REQUEST_METHOD="HEAD")

    assert (answer.status_code, answer.data) == (400, b"")
    assert int(answer.headers["Content-Length"]) > 500


def test_an_answer_in_one_list_stays_one_for_servers_that_send_it_at_once() -> None:
    def ready(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    guard = Guard(ready, base_url="http://localhost", body_limit=LIMIT)
    environ = EnvironBuilder().get_environ()

    assert guard(environ, lambda *_: lambda _: None) == [b"ok"]


def test_a_refused_answer_is_closed() -> None:
    closed: list[bool] = []

    class Rows:
        def __iter__(self) -> Iterator[bytes]:
            yield b"never"

        def close(self) -> None:
            closed.append(True)

    def swallows(environ: WSGIEnvironment, start_response: StartResponse) -> Rows:
        try:
            environ["wsgi.input"].read()
        except Exception:
            start_response("200 OK", [])
        return Rows()

    chunked(guarded(swallows), b"a" * (LIMIT + 1), CONTENT_TYPE=MULTIPART)

    assert closed == [True]


def test_a_refusal_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "blog.web.guard")

    get(guarded(), "/\nforged: line\x1b[2J" + "a" * 1_000)

    (record,) = caplog.records
    assert not set("\n\x1b") & set(record.getMessage())
    assert len(record.getMessage()) < 400
