"""When the last backup was made: a line in the instance folder, for `flask check --deploy`."""

import contextlib
from datetime import datetime
from pathlib import Path

NAME = "last_backup"


def note_backup(instance: Path, at: datetime) -> None:
    """Remember that a backup holds the blog as it was `at`; an instance folder that can't be written is left alone."""
    note = instance / NAME
    part = note.with_name(f".{NAME}.part")
    with contextlib.suppress(OSError):  # the backup itself is made, and it is what was asked for
        part.write_text(f"{at.isoformat(timespec='seconds')}\n", encoding="ascii")
        part.replace(note)


def last_backup(instance: Path) -> datetime | None:
    """The moment of which the last backup made here holds the blog, or None if none was."""
    try:
        return datetime.fromisoformat((instance / NAME).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None
