"""Answers: redirects after an act, who may keep a page, and its bytes in the browser's favourite coding."""

import gzip
import hashlib
from collections.abc import Callable
from functools import partial
from typing import cast

import brotli
import flask
from flask import Flask, Response, request

from blog.web.security import is_signed_in_request

SMALLEST_TO_COMPRESS = 512
_COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5),
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
}


def see_other(location: str) -> Response:
    """The answer to a successful form: look there now (303), so that reloading sends nothing again."""
    return cast("Response", flask.redirect(location, code=303))


def moved(location: str) -> Response:
    """The answer at an address of the past: it is there for good now (301)."""
    return cast("Response", flask.redirect(location, code=301))


def unindexed(response: Response) -> Response:
    """The answer, which no search engine is to keep."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def asks_for_json() -> bool:
    """True if a script asks, which can do nothing with a page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def init_app(app: Flask) -> None:
    """Finish every answer of the app."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    """A signed-in person's page is theirs alone; a visitor's may be kept but is asked for again, by its ETag."""
    personal = is_signed_in_request() or "Set-Cookie" in response.headers or request.method not in ("GET", "HEAD")
    if personal:
        response.headers.setdefault("Cache-Control", "private, no-store")
    else:
        response.vary.discard("Cookie")
        response.headers.setdefault("Cache-Control", "no-cache")
    if response.is_streamed or response.direct_passthrough or response.status_code in (204, 304):
        return response
    # What a signed-in person gets holds a token: compressed beside text of others' it could be guessed (BREACH).
    if not personal or response.mimetype == "text/css":
        _encode(response)
    if not personal and response.status_code == 200:
        response.make_conditional(request)
    return response


def _encode(response: Response) -> None:
    """Compress text as the browser likes best, and give each coding an ETag of its own (RFC 9110, 8.8.3)."""
    data = response.get_data()
    etag = hashlib.sha256(data).hexdigest()[:20]
    kind = response.mimetype or ""
    if kind.startswith("text/") or kind.endswith(("+xml", "/json", "/javascript")):
        response.vary.add("Accept-Encoding")
        coding = request.accept_encodings.best_match(list(_COMPRESSED))
        if coding and len(data) >= SMALLEST_TO_COMPRESS:
            response.set_data(_COMPRESSED[coding](data))
            response.headers["Content-Encoding"] = coding
            etag += f"-{coding}"
    response.set_etag(etag)
