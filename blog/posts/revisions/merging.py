"""Putting together what two people made of the same text: three-way, by lines and, where both changed one, by words."""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from blog.posts.revisions.alignment import Match, Tokens, matches, split_lines, split_words
from blog.posts.revisions.texts import FIELDS, Text
from blog.posts.text import slugify

Value = TypeVar("Value")

_PROSE = ("title", "body", "excerpt")
"""Put together by their words; of the others one version counts, and tags are a set."""
_LONGEST_STRETCH = 200_000
"""Characters that both rewrote in one place, of which the words are still looked at."""


class _Stretch(NamedTuple):
    """What three texts have between two stretches that are the same in all."""

    base: Tokens
    mine: Tokens
    theirs: Tokens


def merge_texts(base: Text, mine: Text, theirs: Text) -> Text | None:
    """All fields put together; None if one of them can't be."""
    merged: dict[str, Any] = {"tags": _merge_tags(base.tags, mine.tags, theirs.tags)}
    for name in FIELDS:
        versions = (getattr(base, name), getattr(mine, name), getattr(theirs, name))
        if name in _PROSE:
            merged[name] = merge_lines(*versions)
            if merged[name] is None:
                return None
        elif name not in merged:
            if _touch(*versions):
                return None
            merged[name] = _changed(*versions)
    return Text(**merged)


def merge_lines(base: str, mine: str, theirs: str) -> str | None:
    """The text with both changes of `base`; None if they touch, unless one typed on where the other is.

    The same whichever of the two is called mine. What either put in is in it, and nothing else goes than what one of
    them took out and the other left alone.
    """
    if (certain := _certain(base, mine, theirs)) is not None:
        return certain
    parts: list[str] = []
    for stretch in _stretches(split_lines(base), split_lines(mine), split_lines(theirs)):
        part = _settle(*("".join(tokens) for tokens in stretch))
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)


def _settle(base: str, mine: str, theirs: str) -> str | None:
    """Lines that both changed, by their words."""
    if (certain := _certain(base, mine, theirs)) is not None:
        return certain
    if len(base) + len(mine) + len(theirs) > _LONGEST_STRETCH:
        return None
    parts: list[str] = []
    for stretch in _stretches(split_words(base), split_words(mine), split_words(theirs)):
        words = ["".join(tokens) for tokens in stretch]
        part = _certain(*words)
        if part is None:
            part = _typed_on(*words)
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)


def _certain(base: str, mine: str, theirs: str) -> str | None:
    """What is to be said where at most one of them changed anything, or both the same."""
    if mine in (base, theirs):
        return theirs
    return mine if theirs == base else None


def _typed_on(base: str, mine: str, theirs: str) -> str | None:
    """The longer one, if it only goes on where the other ends: a save whose answer was lost, and the one after it."""
    shorter, longer = sorted((mine, theirs), key=len)
    return longer if shorter.strip() and shorter.startswith(base) and longer.startswith(shorter) else None


def _stretches(base: Tokens, mine: Tokens, theirs: Tokens) -> Iterator[_Stretch]:
    """The three texts from end to end, cut before and after each stretch that is the same in all of them."""
    at = (0, 0, 0)
    for start, mine_start, theirs_start, size in _common(matches(base, mine), matches(base, theirs)):
        yield _Stretch(base[at[0] : start], mine[at[1] : mine_start], theirs[at[2] : theirs_start])
        at = (start + size, mine_start + size, theirs_start + size)
        same = base[start : at[0]]
        yield _Stretch(same, same, same)
    yield _Stretch(base[at[0] :], mine[at[1] :], theirs[at[2] :])


def _common(mine: list[Match], theirs: list[Match]) -> Iterator[tuple[int, int, int, int]]:
    """Where a stretch of the base is in both: its place in the base and in each, and its length."""
    ours, others = iter(mine), iter(theirs)
    one, other = next(ours, None), next(others, None)
    while one and other:
        start = max(one.a, other.a)
        end = min(one.a + one.size, other.a + other.size)
        if start < end:
            yield start, one.b + start - one.a, other.b + start - other.a, end - start
        if one.a + one.size <= other.a + other.size:
            one = next(ours, None)
        else:
            other = next(others, None)


def _touch(base: object, mine: object, theirs: object) -> bool:
    """True if both made something else of it."""
    return mine != base and theirs not in (base, mine)


def _changed(base: Value, mine: Value, theirs: Value) -> Value:
    """What one of them made of it, or both."""
    return theirs if mine == base else mine


def _merge_tags(base: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """The tags that both left, and those that either put on."""
    had, my, their = ({slugify(tag): tag for tag in tags} for tags in (base, mine, theirs))
    kept = {slug: tag for slug, tag in {**their, **my}.items() if (slug in my and slug in their) or slug not in had}
    return tuple(kept[slug] for slug in sorted(kept))
