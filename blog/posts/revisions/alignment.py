"""What two texts have in common, in order: patience diff (Bram Cohen), with difflib for the short stretches between.

By hand, since patiencediff and merge3, which are well kept, are under the GPL, and this blog is not; diff-match-patch
looks for the place of a change by likeness, and where it finds none drops the change. difflib alone needs minutes for
texts in which everything repeats itself: here the work is counted, and what is too much is left unmatched.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_SHORT = 10_000
"""Pairs of tokens in a stretch that difflib looks at, where nothing in it occurs just once."""
_MOST_WORK = 1_500_000
"""Tokens and pairs that are looked at, about; it takes less than a second."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LETTER = r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
"""Of a script that puts no spaces between words: each is taken for one."""
_LETTERS = r"[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
_WORD = re.compile(rf"\n|[^\S\n]+|{_LETTER}|{_LETTERS}[^\S\n]*")
_WORD_ALONE = re.compile(rf"{_LETTER}|{_LETTERS}")
_PIECE = re.compile(rf"\n|[^\S\n]+|{_LETTER}|(?:(?!{_LETTER})[\w’'\u0300-\u036f])+|.")

Tokens = Sequence[str]


class Match(NamedTuple):
    """A stretch that both have: where it begins in each, and how many tokens it has."""

    a: int
    b: int
    size: int


def split_lines(text: str) -> list[str]:
    """The lines of a text, each with its end; joined they are the text."""
    return _LINE.findall(text)


def split_words(text: str) -> list[str]:
    """The words of a text, each with the blanks after it, and its line ends; joined they are the text."""
    return _WORD.findall(text)


def split_pieces(text: str) -> list[str]:
    """The words of a text, and what stands between them, each by itself; joined they are the text."""
    return _PIECE.findall(text)


def words_of(text: str) -> list[str]:
    """The words of a text alone."""
    return _WORD_ALONE.findall(text)


def matches(a: Tokens, b: Tokens) -> list[Match]:
    """The stretches that `a` and `b` have in common, in the order of both, as long as can be."""
    found: list[Match] = []
    for match in sorted(_matches(a, b)):
        last = found[-1] if found else None
        if last and (last.a + last.size, last.b + last.size) == (match.a, match.b):
            found[-1] = Match(last.a, last.b, last.size + match.size)
        else:
            found.append(match)
    return found


class _Stretch(NamedTuple):
    """A stretch of each in which nothing is matched yet."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int


def _matches(a: Tokens, b: Tokens) -> Iterator[Match]:
    work, stretches = _MOST_WORK, [_Stretch(0, len(a), 0, len(b))]
    while stretches:
        a_start, a_end, b_start, b_end = stretches.pop()
        if size := _same_at_start(a, b, _Stretch(a_start, a_end, b_start, b_end)):
            yield Match(a_start, b_start, size)
            a_start, b_start = a_start + size, b_start + size
        if size := _same_at_end(a, b, _Stretch(a_start, a_end, b_start, b_end)):
            a_end, b_end = a_end - size, b_end - size
            yield Match(a_end, b_end, size)
        a_size, b_size = a_end - a_start, b_end - b_start
        work -= a_size + b_size
        if not a_size or not b_size or work < 0:
            continue
        anchors = _anchors(a, b, _Stretch(a_start, a_end, b_start, b_end))
        if anchors:
            for a_place, b_place in anchors:
                yield Match(a_place, b_place, 1)
                stretches.append(_Stretch(a_start, a_place, b_start, b_place))
                a_start, b_start = a_place + 1, b_place + 1
            stretches.append(_Stretch(a_start, a_end, b_start, b_end))
        elif a_size * b_size <= min(_SHORT, work):
            work -= a_size * b_size
            short = SequenceMatcher(None, a[a_start:a_end], b[b_start:b_end], autojunk=False)
            for block in short.get_matching_blocks()[:-1]:
                yield Match(a_start + block.a, b_start + block.b, block.size)


def _same_at_start(a: Tokens, b: Tokens, within: _Stretch) -> int:
    most, size = min(within.a_end - within.a_start, within.b_end - within.b_start), 0
    while size < most and a[within.a_start + size] == b[within.b_start + size]:
        size += 1
    return size


def _same_at_end(a: Tokens, b: Tokens, within: _Stretch) -> int:
    most, size = min(within.a_end - within.a_start, within.b_end - within.b_start), 0
    while size < most and a[within.a_end - size - 1] == b[within.b_end - size - 1]:
        size += 1
    return size


def _anchors(a: Tokens, b: Tokens, within: _Stretch) -> list[tuple[int, int]]:
    """The places of what occurs just once in both: the longest row of them that is in the order of both."""
    a_start, a_end, b_start, b_end = within
    in_a, in_b = Counter(a[a_start:a_end]), Counter(b[b_start:b_end])
    places = {b[place]: place for place in range(b_start, b_end) if in_b[b[place]] == 1 == in_a[b[place]]}
    pairs = [(place, places[a[place]]) for place in range(a_start, a_end) if a[place] in places]
    # Patience sorting: the tops of the piles, and of each pair the one before it in the longest row that ends with it.
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(ends[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(place)
            ends.append(number)
        else:
            tops[pile], ends[pile] = place, number
    row: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        row.append(pairs[number])
        number = before[number]
    return row[::-1]
