"""The pictures of imported texts, as media."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from blog.auth.models import User
from blog.media import operations, queries
from blog.media.pictures import MAX_BYTES, Picture, PictureRefused, Refusal, original_digest, read_picture
from blog.media.storage import Storage


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture that is among the media."""

    id: int
    name: str

    @property
    def url(self) -> str:
        """Its address here."""
        return f"/media/{self.name}"


class Pictures:
    """Takes pictures in: `prepare` before the writing transaction, `store` within it."""

    def __init__(self, folder: Storage) -> None:
        self.folder = folder
        self.count = 0
        """How many were new."""
        self._stored: dict[Path, Stored] = {}
        self._ready: dict[Path, Picture] = {}
        self._refused: dict[Path, str] = {}
        self._expected: set[str] = set()

    def expect(self, path: Path) -> str:
        """Count the picture as if it were stored; return why it can't be kept, or an empty text."""
        try:
            sent = self._sent(path)
            digest = original_digest(sent)
            if digest not in self._expected and not self._find(sent, path):
                read_picture(sent, allow_svg=True)
                self._expected.add(digest)
                self.count += 1
        except PictureRefused as refusal:
            return str(refusal)
        except OSError as error:
            return f"it can't be read: {error.strerror or error}"
        return ""

    def prepare(self, path: Path) -> str:
        """Read the picture and put its file on the disk; return why it can't be kept, or an empty text."""
        if path not in self._refused and not self._is_at_hand(path):
            try:
                self._read(path)
            except PictureRefused as refusal:
                self._refused[path] = str(refusal)
            except OSError as error:
                self._refused[path] = f"it can't be read: {error.strerror or error}"
        return self._refused.get(path, "")

    def store(self, path: Path, *, alt: str, uploader: User, now: datetime) -> Stored | None:
        """The picture's row, made if it is new; None if it was refused."""
        if path in self._ready:
            picture = self._ready[path]
            is_new = queries.media_by_name(picture.name) is None
            row = operations.add_media(picture, uploader=uploader, now=now, alt=alt, original_name=path.name)
            self.count += is_new
            self._stored[path] = Stored(row.id, row.name)
        return self._stored.get(path)

    def forget(self) -> None:
        """The transaction was rolled back: what was stored in it is to be stored again."""
        for path in self._ready:
            self._stored.pop(path, None)

    def settle(self) -> None:
        """The transaction was committed."""
        for path in [path for path in self._ready if path in self._stored]:
            del self._ready[path]

    def _is_at_hand(self, path: Path) -> bool:
        return path in self._stored or path in self._ready

    def _read(self, path: Path) -> None:
        sent = self._sent(path)
        if not self._find(sent, path):
            picture = queries.with_free_name(read_picture(sent, allow_svg=True))
            self.folder.keep(picture)
            self._ready[path] = picture

    def _sent(self, path: Path) -> bytes:
        if path.stat().st_size > MAX_BYTES:
            raise PictureRefused(Refusal.TOO_MANY_BYTES)
        return path.read_bytes()

    def _find(self, sent: bytes, path: Path) -> bool:
        """Note the picture that was made of these bytes before, if its file is there still."""
        known = queries.media_by_original(original_digest(sent))
        if known is None or self.folder.find(known.name) is None:
            return False
        self._stored[path] = Stored(known.id, known.name)
        return True


@cache
def file_digest(path: Path) -> str:
    """The SHA-256 of a file, read once; empty if it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
