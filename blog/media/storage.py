"""The folder of the media files."""

import contextlib
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from blog.media.pictures import File

FRESH = timedelta(hours=1)
"""A file as young as this may belong to an upload whose row is still to be written."""

_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}\.(?:jpg|png|gif|webp|avif|svg)")


class MediaFolder:
    """Files under names that say what is in them; they are written once and never changed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, name: str) -> Path | None:
        """Where the file of that name belongs; None if `name` is not one of ours, so that no path leads out."""
        return self.root / name if _NAME.fullmatch(name) else None

    def read(self, name: str) -> bytes:
        """What the file of that name holds. Raises `FileNotFoundError`."""
        path = self.path_of(name)
        if path is None:
            raise FileNotFoundError(name)
        return path.read_bytes()

    def keep(self, picture: File) -> None:
        """Put `picture` on the disk for good: after a power cut it is there whole, or not at all.

        Call it before the row is written, so that no row is without its file. Raises `OSError` when the disk refuses.
        """
        path = self.root / picture.name
        if not path.is_file() or path.stat().st_size != len(picture.content):
            self.write(picture.name, io.BytesIO(picture.content))
        else:
            path.touch()  # it is fresh again, and nobody removes it before its row is there

    def remove(self, name: str, *, now: datetime) -> bool:
        """Take a file that belongs to no row off the disk; False if it is too fresh to be sure of that."""
        path = self.path_of(name)
        if path is None or not path.is_file():
            return True
        if now - datetime.fromtimestamp(path.stat().st_mtime, UTC) < FRESH:
            return False
        path.unlink()
        return True

    def write(self, name: str, source: IO[bytes]) -> None:
        """Put what `source` holds on the disk under one of our names, for good, as `keep` does; from a backup, say."""
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

    def names(self) -> Iterator[str]:
        """The names of all files here that are media, sorted."""
        for path in sorted(self.root.glob("*/*")):
            name = f"{path.parent.name}/{path.name}"
            if _NAME.fullmatch(name) and path.is_file():
                yield name


def _sync_folder(path: Path) -> None:
    """Make a rename in the folder last (where folders can be opened: not on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
