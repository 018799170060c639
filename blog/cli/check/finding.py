"""What is wrong with an installation."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Somebody may get in, or something may be lost."""
    WARNING = "warning"
    """It works, and one day it may not be enough."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: how bad it is, what it is, and what to do about it; both are whole sentences."""

    level: Level
    what: str
    remedy: str


def error(what: str, remedy: str) -> Finding:
    """A finding by which somebody may get in, or something may be lost."""
    return Finding(Level.ERROR, what, remedy)


def warning(what: str, remedy: str) -> Finding:
    """A finding that can wait until tomorrow."""
    return Finding(Level.WARNING, what, remedy)
