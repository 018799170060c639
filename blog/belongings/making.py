"""One archive of an account is made at a time: each costs time and, until it is sent, room on the disk.

A lock on a file beside the pictures, which all server processes share: the system lets go of it when the process that
holds it ends, however it ends.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: the number of archives an hour is limited there as well
    fcntl = None  # type: ignore[assignment]


class BeingMade(Exception):
    """An archive of the account is being made."""


@contextlib.contextmanager
def only_archive(folder: Path, *, of: int) -> Iterator[None]:
    """Hold the place of the archive of the account with the id `of`. Raises `BeingMade`; nobody waits."""
    if not fcntl:
        yield
        return
    path = folder / f"archive-{of}.lock"
    file = _locked(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        file.close()


def _locked(path: Path) -> IO[bytes]:
    while True:
        file = path.open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as refusal:
            file.close()
            raise BeingMade from refusal
        if _is_at(path, file):
            return file
        file.close()  # its holder took it away just now, and somebody else may hold a new one


def _is_at(path: Path, file: IO[bytes]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
