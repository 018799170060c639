"""What changed from one text to another, word by word, for a page that shows it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import groupby, pairwise

from blog.posts.revisions.alignment import Match, matches, split_lines, split_pieces
from blog.posts.revisions.texts import Text

_WORDS_OF_MOVED = 3
"""A line of fewer words occurs anywhere; it is no moved one."""
_CONTEXT = 2
"""Lines that are shown around what changed."""
_LONGEST_STRETCH = 100_000
"""Characters of a stretch in which every word is compared; of a longer one, whole lines."""
_MOST_SHOWN = 300_000
"""Characters of changes on one page."""


class RunKind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    MOVED_AWAY = "moved away"
    """A line that stands elsewhere now."""
    MOVED_HERE = "moved here"
    SKIPPED = "skipped"
    """Lines that are the same and far from any change; the text is empty."""
    CUT = "cut"
    """The end of what is shown; `lines` more lines are not."""


@dataclass(frozen=True)
class Run:
    """A piece of text of which one thing is true."""

    kind: RunKind
    text: str
    lines: int = 0
    """Of what is skipped or cut."""


@dataclass(frozen=True)
class Difference:
    """What changed; a field that did not is empty."""

    title: tuple[Run, ...]
    excerpt: tuple[Run, ...]
    body: tuple[Run, ...]
    tags: tuple[Run, ...]
    slug: tuple[Run, ...]
    series: tuple[Run, ...]
    co_authors: tuple[Run, ...]
    picture: tuple[Run, ...]
    picture_caption: tuple[Run, ...]
    canonical_url: tuple[Run, ...]
    search_title: tuple[Run, ...]
    search_description: tuple[Run, ...]

    @property
    def is_empty(self) -> bool:
        """True if both texts say the same."""
        return not any(getattr(self, field.name) for field in fields(self))


def compare_texts(before: Text, after: Text) -> Difference:
    """What changed in each field."""
    return Difference(
        title=compare_words(before.title, after.title),
        excerpt=compare_words(before.excerpt, after.excerpt),
        body=compare_lines(before.body, after.body),
        tags=compare_words(", ".join(before.tags), ", ".join(after.tags)),
        slug=_replaced(before.slug, after.slug),
        series=compare_words(_place(before), _place(after)),
        co_authors=compare_words(", ".join(before.co_authors), ", ".join(after.co_authors)),
        picture=_replaced(before.picture, after.picture),
        picture_caption=compare_words(before.picture_caption, after.picture_caption),
        canonical_url=_replaced(before.canonical_url, after.canonical_url),
        search_title=compare_words(before.search_title, after.search_title),
        search_description=compare_words(before.search_description, after.search_description),
    )


def _place(text: Text) -> str:
    """The series, and the number in it, in one line."""
    return f"{text.series}, {text.series_number}" if text.series_number is not None else text.series


def compare_words(before: str, after: str) -> tuple[Run, ...]:
    """What changed in a line; empty if nothing did."""
    if before == after:
        return ()
    return _joined(_by_words(split_pieces(before), split_pieces(after), frozenset()))


def compare_lines(before: str, after: str) -> tuple[Run, ...]:
    """What changed in a text, with a few lines around each change; empty if nothing did."""
    if before == after:
        return ()
    old, new = split_lines(before), split_lines(after)
    common = [*matches(old, new), Match(len(old), len(new), 0)]
    moved = _moved(old, new, common)
    runs: list[Run] = []
    for match, (a_end, b_end) in zip(common, _ends(common), strict=True):
        runs += _stretch(old[a_end : match.a], new[b_end : match.b], moved)
        lines = old[match.a : match.a + match.size]
        runs += _around(lines, is_first=not match.a and not match.b, is_last=match.a + match.size == len(old))
    return _cut_short(_joined(runs))


def _ends(common: list[Match]) -> Iterator[tuple[int, int]]:
    """Where the stretch before each match begins."""
    yield 0, 0
    for match, _ in pairwise(common):
        yield match.a + match.size, match.b + match.size


def _moved(old: list[str], new: list[str], common: list[Match]) -> frozenset[str]:
    """The lines that went at one place and came at another, without what stands around them."""
    places = list(zip(common, _ends(common), strict=True))
    gone = {line.strip() for match, (start, _) in places for line in old[start : match.a]}
    came = {line.strip() for match, (_, start) in places for line in new[start : match.b]}
    return frozenset(line for line in gone & came if len(line.split()) >= _WORDS_OF_MOVED)


def _stretch(old: list[str], new: list[str], moved: frozenset[str]) -> Iterable[Run]:
    """What became of lines that changed."""
    if not old and not new:
        return []
    if sum(map(len, old)) + sum(map(len, new)) > _LONGEST_STRETCH:
        return [*_gone(old, moved), *_came(new, moved)]
    return _by_words(_tokens(old, moved), _tokens(new, moved), moved)


def _tokens(lines: list[str], moved: frozenset[str]) -> list[str]:
    """The words of lines; a moved line is one of them."""
    tokens: list[str] = []
    for line in lines:
        tokens += [line] if line.strip() in moved else split_pieces(line)
    return tokens


def _by_words(old: list[str], new: list[str], moved: frozenset[str]) -> Iterator[Run]:
    shared = [match for match in matches(old, new) if not _is_blank("".join(old[match.a : match.a + match.size]))]
    common = [*shared, Match(len(old), len(new), 0)]
    for match, (a_end, b_end) in zip(common, _ends(common), strict=True):
        yield from _gone(old[a_end : match.a], moved)
        yield from _came(new[b_end : match.b], moved)
        yield Run(RunKind.SAME, "".join(old[match.a : match.a + match.size]))


def _is_blank(text: str) -> bool:
    """True for what two phrases always have in common: without it, what was written anew reads as one change."""
    return text.isspace() and "\n" not in text


def _gone(tokens: list[str], moved: frozenset[str]) -> Iterator[Run]:
    for is_moved, group in groupby(tokens, key=lambda token: bool(moved) and token.strip() in moved):
        yield Run(RunKind.MOVED_AWAY if is_moved else RunKind.REMOVED, "".join(group))


def _came(tokens: list[str], moved: frozenset[str]) -> Iterator[Run]:
    for is_moved, group in groupby(tokens, key=lambda token: bool(moved) and token.strip() in moved):
        yield Run(RunKind.MOVED_HERE if is_moved else RunKind.ADDED, "".join(group))


def _replaced(before: str, after: str) -> tuple[Run, ...]:
    if before == after:
        return ()
    return tuple(run for run in (Run(RunKind.REMOVED, before), Run(RunKind.ADDED, after)) if run.text)


def _around(lines: list[str], *, is_first: bool, is_last: bool) -> Iterator[Run]:
    """The lines of a stretch that is the same, but for those far from any change."""
    start = 0 if is_first else _CONTEXT
    end = len(lines) if is_last else len(lines) - _CONTEXT
    start, end = (0 if is_first else start), max(end, start)
    skipped = lines[start:end]
    if len(skipped) < 2:
        yield Run(RunKind.SAME, "".join(lines))
        return
    yield Run(RunKind.SAME, "".join(lines[:start]))
    yield Run(RunKind.SKIPPED, "", lines=len(skipped))
    yield Run(RunKind.SAME, "".join(lines[end:]))


def _joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs of one kind that follow one another as one."""
    found: list[Run] = []
    for kind, group in groupby((run for run in runs if run.text or run.lines), key=lambda run: run.kind):
        pieces = list(group)
        found.append(Run(kind, "".join(piece.text for piece in pieces), sum(piece.lines for piece in pieces)))
    return tuple(found)


def _cut_short(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """As many runs as a page can show."""
    shown: list[Run] = []
    length = 0
    for place, run in enumerate(runs):
        room = _MOST_SHOWN - length
        if len(run.text) > room:
            rest = run.text[room:] + "".join(later.text for later in runs[place + 1 :])
            return (*shown, Run(run.kind, run.text[:room]), Run(RunKind.CUT, "", lines=rest.count("\n") + 1))
        shown.append(run)
        length += len(run.text)
    return runs
