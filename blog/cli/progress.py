"""How far a long command is: bars on a terminal, nothing elsewhere; and what it has done, in words."""

from collections.abc import Iterable
from typing import NoReturn, TypeVar

from tqdm import tqdm

T = TypeVar("T")


def bar(unit: str, total: int | None = None) -> "tqdm[NoReturn]":
    """A bar that is told how far it is; bytes ("B") are counted in kB and MB."""
    made: tqdm[NoReturn] = tqdm(total=total, unit=unit, unit_scale=unit == "B", disable=None, leave=False)
    return made


def each(things: Iterable[T], unit: str, total: int | None = None) -> Iterable[T]:
    """`things`, with a bar that shows how many are done."""
    shown: Iterable[T] = tqdm(things, unit=unit, total=total, disable=None, leave=False)
    return shown


def many(count: int, thing: str) -> str:
    """As in `1 post` and `1,204 posts`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
