"""Pictures in forms."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import LazyString, lazy_gettext
from werkzeug.datastructures import FileStorage

from blog.media.models import ORIGINAL_NAME_LENGTH
from blog.media.pictures import MAX_BYTES, Picture, PictureRefused, Refusal, read_picture
from blog.media.queries import media_by_original, with_free_name
from blog.media.storage import Storage
from blog.web.forms import strip

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


OVER_QUOTA = lazy_gettext("Your pictures take up all the room that you have here. Delete some that are not used.")
MOST_AT_ONCE = 20
"""Pictures in one form; a script sends them one by one."""


@dataclass(slots=True)
class Sent:
    """A file that somebody sent: the picture in it, or why there is none."""

    file_name: str
    picture: Picture | None = None
    refusal: str = ""


def read_uploads(uploads: Iterable[FileStorage], folder: Storage, *, room: int | None) -> list[Sent]:
    """Each of the files: read, written anew and put into the folder; or refused, with the sentence that says why.

    `room` is what is left of the quota, in bytes: what goes beyond it is not kept. Raises `OSError` when the disk
    refuses.
    """
    read = []
    for upload in uploads:
        sent = Sent((strip(upload.filename) or "").replace("\\", "/").rpartition("/")[2][:ORIGINAL_NAME_LENGTH])
        read.append(sent)
        try:
            picture = with_free_name(read_upload(upload))
        except PictureRefused as refused:
            sent.refusal = str(REFUSALS[refused.reason])
            continue
        if room is not None and len(picture.content) > room and media_by_original(picture.original_digest) is None:
            sent.refusal = str(OVER_QUOTA)
            continue
        folder.keep(picture)
        sent.picture = picture
    return read


def read_upload(upload: FileStorage, *, square: int | None = None) -> Picture:
    """The picture in an uploaded file. Raises `PictureRefused`; `REFUSALS` has the sentence for the form."""
    return read_picture(upload.stream.read(MAX_BYTES + 1), square=square)
