"""Who uses the instance folder: servers, side by side, or a restore, alone."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

try:
    import fcntl
except ImportError:  # Windows: a restore there still sees that the database is in use
    fcntl = None  # type: ignore[assignment]

LOCK_FILE = "serve.lock"


@contextlib.contextmanager
def in_use(instance: Path) -> Iterator[None]:
    """Hold the instance folder while serving. Raises `ClickException` while something is restored into it.

    The system lets go of the lock when the process ends, however it ends; the empty file stays.
    """
    with _locked(instance, alone=False, refusal="Something is being restored into this blog; wait until it is done."):
        yield


@contextlib.contextmanager
def not_in_use(instance: Path) -> Iterator[None]:
    """Hold the instance folder alone. Raises `ClickException` while a server runs on it."""
    with _locked(instance, alone=True, refusal="The blog is running; stop it first."):
        yield


@contextlib.contextmanager
def _locked(instance: Path, *, alone: bool, refusal: str) -> Iterator[None]:
    instance.mkdir(parents=True, exist_ok=True)
    with (instance / LOCK_FILE).open("w") as file:
        if fcntl:
            try:
                fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except OSError:
                raise click.ClickException(refusal) from None
        yield
