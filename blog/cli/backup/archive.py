"""The file of a backup: a zip archive with the database, the pictures, and a manifest with the hash of each."""

import hashlib
import json
import os
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.db"
MEDIA = "media/"
CHUNK = 1 << 20
MANIFEST_BYTES = 1 << 30  # more than any real one, so that a forged one can't fill the memory


class NotABackup(Exception):
    """The file is not a backup, is damaged or incomplete; the text is a sentence that says what."""


@dataclass(frozen=True)
class Member:
    """One file in the archive."""

    byte_size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str
    """The moment whose state it holds, ISO 8601 in UTC."""
    version: str
    """Of the blog that made it."""
    revision: str
    """The migration at which its database is."""
    database: str
    """The kind of database it was made from: sqlite, postgresql or mysql."""
    rows: dict[str, int]
    """How many rows each table has."""
    files: dict[str, Member] = field(default_factory=dict)
    """Every file in the archive but the manifest."""
    missing: list[str] = field(default_factory=list)
    """Pictures that the database knows, but whose files were not there."""


class ArchiveWriter:
    """Writes the archive, file by file, and the manifest at its end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._files: dict[str, Member] = {}

    def add(self, name: str, source: IO[bytes], *, compressed: bool) -> Iterator[int]:
        """Add a file; yields the bytes of each piece, for a progress bar."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_entry(name, compressed=compressed), "w", force_zip64=True) as target:
            while piece := source.read(CHUNK):
                target.write(piece)
                digest.update(piece)
                size += len(piece)
                yield len(piece)
        self._files[name] = Member(size, digest.hexdigest())

    def digest_of(self, name: str) -> str:
        """The SHA-256 of a file that was added."""
        return self._files[name].sha256

    def close(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest and end the archive."""
        text = json.dumps({"format": FORMAT, **manifest, "files": _as_dicts(self._files)}, indent=1, ensure_ascii=False)
        self._zip.writestr(_entry(MANIFEST, compressed=True), text)
        self._zip.close()


class Archive:
    """A backup that is read. Every method raises `NotABackup` when the file is damaged."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._zip = file
        self.manifest = self._read_manifest()

    def verify(self) -> Iterator[int]:
        """Compare every file with its hash; yields the bytes of each piece, for a progress bar."""
        with _damage():
            names = [entry.filename for entry in self._zip.infolist() if entry.filename != MANIFEST]
            if sorted(names) != sorted(self.manifest.files):
                raise NotABackup("The backup does not hold the files that its manifest lists.")
            for name, member in self.manifest.files.items():
                digest, size = hashlib.sha256(), 0
                with self._zip.open(name) as source:
                    while piece := source.read(CHUNK):
                        digest.update(piece)
                        size += len(piece)
                        yield len(piece)
                if Member(size, digest.hexdigest()) != member:
                    raise NotABackup(f"The backup is damaged: {name} is not what its manifest says.")

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """A file of the archive."""
        with _damage(), self._zip.open(name) as source:
            yield source

    @property
    def byte_size(self) -> int:
        """Of all files together."""
        return sum(member.byte_size for member in self.manifest.files.values())

    @property
    def pictures(self) -> dict[str, Member]:
        """The pictures, by their public names."""
        return {
            name.removeprefix(MEDIA): member for name, member in self.manifest.files.items() if name.startswith(MEDIA)
        }

    def _read_manifest(self) -> Manifest:
        entry = self._zip.NameToInfo.get(MANIFEST)
        if entry is None or entry.file_size > MANIFEST_BYTES:
            raise NotABackup("The file is not a backup of a blog.")
        with _damage():
            text = self._zip.read(entry)
        try:
            found = json.loads(text)
            if found.pop("format") != FORMAT:
                raise NotABackup("The backup was made by another version of the blog; restore it with that one.")
            files = {name: Member(**member) for name, member in found.pop("files").items()}
            return Manifest(**found, files=files)
        except (KeyError, ValueError, TypeError, AttributeError):
            raise NotABackup("The file is not a backup of a blog.") from None


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The backup at `path`. Raises `NotABackup`, or `OSError` if the file can't be read."""
    try:
        file = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise NotABackup(f"{path} is not a backup of a blog, or it is cut off.") from None
    with file:
        yield Archive(file)


@contextmanager
def _damage() -> Iterator[None]:
    """What zip files raise when their bytes are wrong, as one error."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise NotABackup(f"The backup is damaged: {error}.") from None


def publish(part: Path, target: Path) -> None:
    """Give the finished file its name, for good. Raises `FileExistsError` rather than replace another one."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(part, target)
        part.unlink()
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(target) from None
        part.rename(target)
    if os.name != "nt":
        folder = os.open(target.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _entry(name: str, *, compressed: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=time.gmtime()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    entry.external_attr = 0o600 << 16
    return entry


def _as_dicts(files: Mapping[str, Member]) -> dict[str, dict[str, Any]]:
    return {name: asdict(member) for name, member in files.items()}
