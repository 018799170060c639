"""A copy of the SQLite file before it is changed in ways that can't be taken back."""

import logging
import os
from contextlib import closing
from pathlib import Path
from typing import Any

from blog import clock
from blog.db import sqlite_file, sqlite_module

log = logging.getLogger(__name__)

KEPT = 5
"""How many copies stay in the folder `snapshots`; older ones are removed."""


def take_snapshot(*, before: str) -> Path | None:
    """Copy the database file into `snapshots` beside it, whole and consistent even while others write.

    Returns the copy, or None on a database server or when there is nothing to copy yet.
    """
    file = sqlite_file()
    if file is None or not file.exists() or not _has_tables(file):
        return None
    folder = file.parent / "snapshots"
    folder.mkdir(exist_ok=True)
    copy = folder / f"{file.stem}-{clock.now():%Y%m%d-%H%M%S-%f}-before-{before}.db"
    copy_database(file, copy)
    for old in sorted(folder.glob(f"{file.stem}-*-before-{before}.db"))[:-KEPT]:
        old.unlink()
    log.info("kept a copy of the database: %s", copy)
    return copy


def copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite database with `VACUUM INTO`: one moment, without its journal. `target` appears when it is done."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    with closing(_opened(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(part),))
    with part.open("rb+") as file:
        os.fsync(file.fileno())  # SQLite leaves that to us
    part.replace(target)


def _has_tables(file: Path) -> bool:
    with closing(_opened(file)) as connection:
        return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _opened(file: Path) -> Any:
    """A connection that only reads; it makes no file where there is none."""
    return sqlite_module.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
