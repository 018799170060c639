"""Answers: redirects after an act, and the headers that say who may keep a page."""

from flask import Flask, Response, redirect, request

from blog.web.security import is_signed_in_request


def see_other(location: str) -> Response:
    """The answer to a successful form: look there now (303), so that reloading sends nothing again."""
    return redirect(location, code=303)  # type: ignore[return-value]  # Flask's redirect gives Flask's Response


def init_app(app: Flask) -> None:
    """Set caching headers on every answer of the app."""
    app.after_request(_set_caching)


def _set_caching(response: Response) -> Response:
    """A signed-in person's page is theirs alone; a visitor's may be kept but is asked for again, by ETag."""
    if is_signed_in_request() or response.headers.getlist("Set-Cookie") or request.method not in ("GET", "HEAD"):
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response
    response.vary.discard("Cookie")
    if response.status_code == 200 and not response.is_streamed and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache"
        response.add_etag()
        response.make_conditional(request)
    return response
