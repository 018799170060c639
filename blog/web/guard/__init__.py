"""The outermost layer: what a request must be before any other code sees it, and the headers of every answer.

It is plain WSGI around everything else, visitors' cached pages and static files included. Flask-Talisman, and
werkzeug's `trusted_hosts` and body limit, see only what Flask answers, and that limit cuts a chunked body short and
lets it pass; hence our own.
"""

import ipaddress
import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.wsgi import ClosingIterator

from blog.web.guard import refusals
from blog.web.guard.bodies import CountedBody
from blog.web.guard.peers import is_loopback, known_hosts, settle_peer
from blog.web.guard.refusals import METHODS, Refusal

log = logging.getLogger(__name__)

PATH_LIMIT = 2_048  # bytes, percent-decoded
QUERY_LIMIT = 4_096  # bytes, as sent
HEADER_LIMIT = 8_192  # bytes of one header's value
HEADERS_LIMIT = 32_768  # bytes of all headers' values
HEADER_COUNT_LIMIT = 100
HEALTH_PATH = "/healthz"  # probes ask by address, so there any Host will do

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "browsing-topics=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STRICT_TRANSPORT_SECURITY = "max-age=63072000; includeSubDomains"  # two years

_STANDARD_METHODS = frozenset({*METHODS, "CONNECT", "DELETE", "PATCH", "PUT", "TRACE"})
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
_CONTENT_LENGTH = re.compile(r"[0-9]{1,18}")
_LOGGED = 200  # characters of an address in the log
_SECRET_IN_PATH = re.compile(r"[A-Za-z0-9_-]{32,}")

_Security = list[tuple[str, tuple[str, str]]]  # each header under its name in lower case


def init_app(app: Flask) -> None:
    """Put the guard around `app`. Call it last: what wraps the app later is outside of it.

    It is the only limit of bodies: werkzeug's own cuts a chunked body at the limit and takes it for whole.
    """
    app.config["MAX_CONTENT_LENGTH"] = None
    app.wsgi_app = Guard(  # type: ignore[method-assign]  # how Flask's documentation wraps an app
        app.wsgi_app,
        base_url=app.config["BASE_URL"],
        trusted_hosts=app.config["TRUSTED_HOSTS"],
        trusted_proxies=app.config["TRUSTED_PROXIES"],
        body_limit=app.config["MAX_BODY_BYTES"],
        raises=lambda: app.testing or app.debug,
    )


class Guard:
    """WSGI middleware that refuses what no page of ours needs and sets the security headers of every answer.

    A header that the app set itself stays as it is. `raises` says whether an exception of the app is raised on, for
    tests and debuggers, instead of answered with a page and logged.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        base_url: str,
        body_limit: int,
        trusted_hosts: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        raises: Callable[[], bool] = lambda: False,
    ) -> None:
        self._app = app
        self._base_url = base_url.rstrip("/")
        self._body_limit = body_limit
        self._raises = raises
        self._hosts = known_hosts(base_url, trusted_hosts)
        self._proxies = tuple(ipaddress.ip_network(network) for network in trusted_proxies)
        parts = urlsplit(base_url)
        self._is_public = not is_loopback(base_url)
        self._scheme, self._host = parts.scheme, parts.netloc
        security = dict(SECURITY_HEADERS)
        if parts.scheme == "https":
            security["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY
        self._security = [(name.lower(), (name, value)) for name, value in security.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = _Answer(environ, start_response, self._security)
        headers = {name: value for name, value in environ.items() if name[:5] == "HTTP_"}
        settle_peer(environ, headers, self._proxies)
        refusal = self._wrong_with(environ, headers) or self._settle_host(environ) or self._count_body(environ, answer)
        if refusal:
            return self._refuse(refusal, environ, answer)
        try:
            result = self._app(environ, answer.start)
        except Exception:
            if answer.refusal:
                return self._refuse(answer.refusal, environ, answer)
            if self._raises():
                raise
            log.exception(
                "failure in %s %r", environ["REQUEST_METHOD"], _without_secrets(environ["PATH_INFO"])[:_LOGGED]
            )
            return self._refuse(refusals.FAILURE, environ, answer)
        if answer.refusal:
            return self._insist(answer.refusal, result, environ, answer)
        return result

    def _wrong_with(self, environ: WSGIEnvironment, headers: dict[str, str]) -> Refusal | None:
        """What is wrong with the method, the address or the headers, if anything is."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if method not in METHODS or path == "*":
            return refusals.WRONG_METHOD if method in _STANDARD_METHODS else refusals.UNKNOWN_METHOD
        if len(path) > PATH_LIMIT or len(environ.get("QUERY_STRING", "")) > QUERY_LIMIT:
            return refusals.LONG_ADDRESS
        if not path.startswith("/") or _CONTROL_CHARACTER.search(path):
            return refusals.MALFORMED
        values = (*headers.values(), environ.get("CONTENT_TYPE"))
        sizes = [len(value) for value in values if value is not None]
        if len(sizes) > HEADER_COUNT_LIMIT or sum(sizes) > HEADERS_LIMIT or max(sizes, default=0) > HEADER_LIMIT:
            return refusals.LARGE_HEADERS
        return None

    def _settle_host(self, environ: WSGIEnvironment) -> Refusal | None:
        """Let only our own hosts pass; what is made of the Host header further in is then BASE_URL's host.

        On this machine's own address the name that was used stays: there is no public one.
        """
        host = environ.get("HTTP_HOST", "").lower()
        known = host in self._hosts
        if not known and environ["PATH_INFO"] != HEALTH_PATH:
            return refusals.WRONG_HOST
        if self._is_public or not known:
            host = self._host
            environ["wsgi.url_scheme"] = self._scheme
        environ["HTTP_HOST"] = host
        return None

    def _count_body(self, environ: WSGIEnvironment, answer: "_Answer") -> Refusal | None:
        """Put a body that is counted in the place of the server's, if the request has one."""
        length, coding = environ.get("CONTENT_LENGTH", ""), environ.get("HTTP_TRANSFER_ENCODING", "")
        if not length and not coding:
            return None
        if coding and (length or coding.strip().lower() != "chunked"):
            return refusals.MALFORMED  # two lengths are how one request is smuggled in another
        if length and not _CONTENT_LENGTH.fullmatch(length):
            return refusals.MALFORMED
        if coding and not environ.get("wsgi.input_terminated"):
            return refusals.NO_LENGTH  # this server leaves the chunks to us
        body = answer.body = CountedBody(
            environ["wsgi.input"],
            length=int(length) if length else None,
            limit=self._body_limit,
            content_type=environ.get("CONTENT_TYPE", ""),
        )
        if body.is_multipart:
            environ["wsgi.input"] = body
        elif whole := body.read_ahead():
            environ["wsgi.input"] = whole
        environ["wsgi.input_terminated"] = True
        return body.refusal

    def _refuse(self, refusal: Refusal, environ: WSGIEnvironment, answer: "_Answer") -> Iterable[bytes]:
        log.info(
            "refused %s %r from %s: %d %s",
            environ["REQUEST_METHOD"][:_LOGGED],
            _without_secrets(environ.get("PATH_INFO", ""))[:_LOGGED],
            environ.get("REMOTE_ADDR"),
            refusal.status,
            refusal.title,
        )
        if refusal is not refusals.FAILURE:
            answer.close_connection()  # where one request ends that we could not read, nobody knows
        page = refusals.page(refusal, self._base_url)
        answer.start(refusal.status_line, refusals.headers(refusal, page), sys.exc_info() if answer.started else None)
        return answer.with_rest_of_body([b"" if environ["REQUEST_METHOD"] == "HEAD" else page])

    def _insist(
        self, refusal: Refusal, result: Iterable[bytes], environ: WSGIEnvironment, answer: "_Answer"
    ) -> Iterable[bytes]:
        """The body was refused while the app read it: the app's answer if it says so too, else ours."""
        if answer.started:
            return answer.with_rest_of_body(result)
        if hasattr(result, "close"):
            result.close()
        return self._refuse(refusal, environ, answer)


class _Answer:
    """One answer on its way out: completed with the security headers, held back if it belies a refused body."""

    def __init__(self, environ: WSGIEnvironment, start_response: StartResponse, security: _Security) -> None:
        self.body: CountedBody | None = None
        self.started = False
        self._start_response = start_response
        self._security = security
        # Other servers decide this themselves, and PEP 3333 leaves them that header.
        self._may_close = environ.get("SERVER_SOFTWARE") == "Granian"
        # RFC 9112, 6.1: granian reads a request with both lengths by its chunks, and the connection may not live on.
        self._closes = self._may_close and "HTTP_TRANSFER_ENCODING" in environ
        self._waits = "HTTP_EXPECT" in environ

    @property
    def refusal(self) -> Refusal | None:
        """Why the body was refused, if it was."""
        return self.body.refusal if self.body else None

    def close_connection(self) -> None:
        """Nothing more is read from this client after the answer, where it is ours to say so."""
        self._closes = self._may_close

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
        """WSGI's start_response."""
        if self.refusal and not status.startswith(f"{self.refusal.status} "):
            return _discard
        self.started = True
        present = {name.lower() for name, _ in headers}
        complete = headers + [header for name, header in self._security if name not in present]
        if self._closes:
            complete.append(("Connection", "close"))
        return self._start_response(status, complete, exc_info)

    def with_rest_of_body(self, result: Iterable[bytes]) -> Iterable[bytes]:
        """`result`, and after it, unseen, the rest of a body that was too large, unless the client waits for a go."""
        if not self.body or not self.refusal or self.refusal.status != 413 or self._waits:
            return result
        return ClosingIterator(self.body.drained(result), getattr(result, "close", None))


def _discard(_data: bytes) -> None:
    """The `write` of an answer that is not sent."""


def _without_secrets(path: str) -> str:
    """`path` without what may be the secret of a link, which no log may hold; its route is not known yet."""
    return _SECRET_IN_PATH.sub("…", path)
