"""Pictures over HTTP."""

from flask import Blueprint, Flask, Response, abort, redirect, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from blog.media.current import media_folder
from blog.media.queries import mime_of, name_now

YEAR_IN_SECONDS = 365 * 24 * 60 * 60

# A file opened by itself is shown in a sandbox without scripts, forms or requests; an SVG may style itself, so that
# it looks right in <img> too, but is offered as a download when it is opened by itself.
_SANDBOX = "sandbox; default-src 'none'"
_SVG_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

blueprint = Blueprint("media", __name__)


def init_app(app: Flask) -> None:
    """Serve `/media/`."""
    app.register_blueprint(blueprint)


@blueprint.get("/media/<path:name>")
def show_media(name: str) -> AnyResponse:
    """A picture; its content never changes, so browsers keep it. One that was replaced leads to what stands for it."""
    path = media_folder().path_of(name)
    if path is None:
        abort(404)
    mime = mime_of(name)
    if mime is None or not path.is_file():
        return redirect(url_for("media.show_media", name=name_now(name) or abort(404)))

    response = send_file(path, mimetype=mime, max_age=YEAR_IN_SECONDS, etag=path.stem, conditional=True)
    return _sealed(response, mime, path.name)


def _sealed(response: Response, mime: str, name: str) -> Response:
    """Kept for good by browsers, and harmless even when it is opened by itself."""
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.headers["X-Content-Type-Options"] = "nosniff"
    is_svg = mime == "image/svg+xml"
    response.headers["Content-Security-Policy"] = _SVG_SANDBOX if is_svg else _SANDBOX
    # The name is ours, of letters and digits, so it needs none of RFC 6266's encodings.
    response.headers["Content-Disposition"] = f'{"attachment" if is_svg else "inline"}; filename="{name}"'
    return response
