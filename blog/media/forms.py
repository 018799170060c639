"""Pictures in forms."""

from flask_babel import LazyString, lazy_gettext
from werkzeug.datastructures import FileStorage

from blog.media.pictures import MAX_BYTES, Picture, Refusal, read_picture

REFUSALS: dict[Refusal, LazyString] = {
    Refusal.EMPTY: lazy_gettext("This file is empty. Choose another one."),
    Refusal.TOO_MANY_BYTES: lazy_gettext("This file is larger than 20 MB. Choose a smaller one."),
    Refusal.TOO_MANY_PIXELS: lazy_gettext("This picture has more than 40 million pixels. Choose a smaller one."),
    Refusal.TOO_MANY_FRAMES: lazy_gettext("This animation is too long. Choose a shorter one."),
    Refusal.UNKNOWN_FORMAT: lazy_gettext("Choose a JPEG, PNG, GIF, WebP or AVIF picture."),
    Refusal.SVG: lazy_gettext("SVG pictures can't be uploaded. Choose a JPEG, PNG, GIF, WebP or AVIF picture."),
    Refusal.BROKEN: lazy_gettext("This picture can't be read: the file is damaged. Choose another one."),
}
"""What a form says when a picture is refused."""


def read_upload(upload: FileStorage, *, square: int | None = None) -> Picture:
    """The picture in an uploaded file. Raises `PictureRefused`; `REFUSALS` has the sentence for the form."""
    return read_picture(upload.stream.read(MAX_BYTES + 1), square=square)
