"""Where the media files are: in a folder here, or in a bucket (`blog.media.bucket`)."""

import contextlib
import hashlib
import io
import os
import re
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from blog.media.pictures import File

FRESH = timedelta(hours=1)
"""A file as young as this may belong to an upload whose row is still to be written."""

CHUNK = 1 << 20

_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}\.(?:jpg|png|gif|webp|avif|svg)")


def is_name(name: str) -> bool:
    """True for a name of ours, which no path and no key leads out of."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is there."""

    name: str
    byte_size: int
    changed_at: datetime


class Storage(ABC):
    """Files under names that say what is in them; they are written once and never changed.

    A method raises `OSError` when the disk refuses, or the bucket is away.
    """

    @abstractmethod
    def find(self, name: str) -> Stored | None:
        """What is known of the file of that name; None if there is none, or `name` is not one of ours."""

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """The file of that name, for reading. Raises `FileNotFoundError`."""

    @abstractmethod
    def write(self, name: str, source: IO[bytes]) -> None:
        """Put what `source` holds under one of our names, for good: after a power cut it is there whole, or not."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Take a file away that is there."""

    @abstractmethod
    def files(self) -> Iterator[Stored]:
        """All files here that are media, sorted by name."""

    @abstractmethod
    def __str__(self) -> str:
        """Where it is, for messages; without secrets."""

    def keep(self, file: File) -> None:
        """Put a picture here for good; one that is here becomes fresh: nobody removes it before its row is there.

        Call it before the row is written, so that no row is without its file.
        """
        self.write(file.name, io.BytesIO(file.content))

    def read(self, name: str) -> bytes:
        """What the file of that name holds. Raises `FileNotFoundError`."""
        with self.open(name) as file:
            return file.read()

    def digest_of(self, name: str) -> str:
        """The SHA-256 of what the file holds, read back. Raises `FileNotFoundError`."""
        digest = hashlib.sha256()
        with self.open(name) as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
        return digest.hexdigest()

    def names(self) -> Iterator[str]:
        """The names of all files here that are media, sorted."""
        return (stored.name for stored in self.files())

    def remove(self, name: str, *, now: datetime) -> bool:
        """Take a file that belongs to no row away; False if it is too fresh to be sure of that."""
        stored = self.find(name)
        if stored is None:
            return True
        if now - stored.changed_at < FRESH:
            return False
        self.delete(name)
        return True


class MediaFolder(Storage):
    """The folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        """The folder's path."""
        return str(self.root)

    def path_of(self, name: str) -> Path | None:
        """Where the file of that name belongs; None if `name` is not one of ours, so that no path leads out."""
        return self.root / name if is_name(name) else None

    def find(self, name: str) -> Stored | None:
        """As in `Storage`."""
        path = self.path_of(name)
        if path is None or not path.is_file():
            return None
        known = path.stat()
        return Stored(name, known.st_size, datetime.fromtimestamp(known.st_mtime, UTC))

    def open(self, name: str) -> IO[bytes]:
        """As in `Storage`."""
        path = self.path_of(name)
        if path is None:
            raise FileNotFoundError(name)
        return path.open("rb")

    def keep(self, file: File) -> None:
        """As in `Storage`; what is there already, whole, is only touched."""
        stored = self.find(file.name)
        if stored is None or stored.byte_size != len(file.content):
            super().keep(file)
        else:
            (self.root / file.name).touch()

    def write(self, name: str, source: IO[bytes]) -> None:
        """As in `Storage`."""
        path = self.root / name
        made = not path.parent.is_dir()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with temporary.open("xb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        if made:
            _sync_folder(self.root)

    def delete(self, name: str) -> None:
        """As in `Storage`."""
        (self.root / name).unlink()

    def files(self) -> Iterator[Stored]:
        """As in `Storage`."""
        for path in sorted(self.root.glob("*/*")):
            if stored := self.find(f"{path.parent.name}/{path.name}"):
                yield stored


def _sync_folder(path: Path) -> None:
    """Make a rename in the folder last (where folders can be opened: not on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
