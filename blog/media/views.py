"""Pictures over HTTP."""

import logging

from flask import Blueprint, Flask, Response, abort, redirect, request, send_file, url_for
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from blog.media.bucket import BucketAway
from blog.media.current import media_folder
from blog.media.queries import mime_of, name_now
from blog.media.storage import MediaFolder, is_name
from blog.web.errors import RETRY_AFTER_SECONDS, show_error

log = logging.getLogger(__name__)

YEAR_IN_SECONDS = 365 * 24 * 60 * 60

# A file opened by itself is shown in a sandbox without scripts, forms or requests; an SVG may style itself, so that
# it looks right in <img> too, but is offered as a download when it is opened by itself.
_SANDBOX = "sandbox; default-src 'none'"
_SVG_SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

blueprint = Blueprint("media", __name__)


def init_app(app: Flask) -> None:
    """Serve `/media/`, and say so where the bucket is away."""
    app.register_blueprint(blueprint)
    app.register_error_handler(BucketAway, _show_away)


@blueprint.get("/media/<path:name>")
def show_media(name: str) -> AnyResponse:
    """A picture; its content never changes, so browsers keep it. One that was replaced leads to what stands for it."""
    if not is_name(name):
        abort(404)
    mime = mime_of(name)
    if mime is None:
        return redirect(url_for("media.show_media", name=name_now(name) or abort(404)))

    response = _not_modified(name) or _file(name, mime)
    return _sealed(response, mime, name.partition("/")[2])


def _not_modified(name: str) -> Response | None:
    """What a browser has it need not get again, and where the file is need not be asked."""
    response = Response(status=304)
    response.set_etag(_tag(name))
    response.cache_control.max_age = YEAR_IN_SECONDS
    return response if request.if_none_match.contains(_tag(name)) else None


def _file(name: str, mime: str) -> Response:
    """The file, from the disk or out of the bucket."""
    storage = media_folder()
    try:
        content = storage.root / name if isinstance(storage, MediaFolder) else storage.open(name)
        return send_file(content, mimetype=mime, max_age=YEAR_IN_SECONDS, etag=_tag(name), conditional=True)
    except FileNotFoundError:
        abort(404)


def _show_away(error: BucketAway) -> Response:
    """Nothing was changed; the bucket may be back in a moment."""
    log.warning("%s", error.strerror)
    return show_error(ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS))


def _tag(name: str) -> str:
    return name.partition("/")[2].partition(".")[0]


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
