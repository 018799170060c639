"""The account and the files of an installation: who runs it, who else may read it, when it was last backed up."""

import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from blog.cli.backup.last import last_backup
from blog.cli.check.finding import Finding, error, warning
from blog.db import driver_warning, sqlite_file
from blog.web.security import SECRET_KEY_FILE

OLDEST_BACKUP = timedelta(days=7)

_ANYBODY_READS = stat.S_IROTH
_ANYBODY_WRITES = stat.S_IWOTH
_ANYBODY_ENTERS = stat.S_IXOTH


def findings(instance: Path, now: datetime) -> Iterator[Finding]:
    """What is wrong with the machine and with the files in the folder `instance`."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield error(
            "This runs as root, and a server started like this would too.",
            "Run both as an account of their own, as deploy/blog.service does.",
        )
    if said := driver_warning():
        problem, _, remedy = said.partition("; ")
        yield error(f"{problem}.", remedy[:1].upper() + remedy[1:])
    yield from _permissions(instance)
    yield from _backup(instance, now)


def _permissions(instance: Path) -> Iterator[Finding]:
    """Files whose content anybody on this machine can get at: a folder that lets nobody in closes all that is in it."""
    file = sqlite_file()
    kept = [instance / SECRET_KEY_FILE, *sorted((instance / "snapshots").glob("*"))]
    if file:
        kept += [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))]
    for path in kept:
        if _has(path, _ANYBODY_READS | _ANYBODY_WRITES) and all(
            _has(folder, _ANYBODY_ENTERS) for folder in path.absolute().parents
        ):
            yield error(f"Everybody on this machine can read or write {path}.", f"Run `chmod o-rwx {path}`.")
    if _has(instance, _ANYBODY_WRITES):
        yield error(f"Everybody on this machine can write to {instance}.", f"Run `chmod o-rwx {instance}`.")


def _has(path: Path, mode: int) -> bool:
    try:
        return bool(path.stat().st_mode & mode)
    except OSError:  # it is not there, or not ours to see
        return False


def _backup(instance: Path, now: datetime) -> Iterator[Finding]:
    at = last_backup(instance)
    if at is None:
        yield warning("No backup was made here yet.", "Run `flask backup FILE` daily; docs/backups.md has a cron line.")
    elif now - at > OLDEST_BACKUP:
        yield warning(
            f"The last backup is {(now - at).days} days old.", "Look why the daily `flask backup FILE` does not run."
        )
