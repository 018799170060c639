"""Putting together what two people made of a text, and saying what changed: true of every text."""

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blog.posts.revisions.alignment import matches, split_lines, split_pieces, split_words, words_of
from blog.posts.revisions.comparing import RunKind, compare_lines, compare_words
from blog.posts.revisions.merging import merge_lines, merge_texts
from blog.posts.revisions.texts import Text, change

quick = settings(max_examples=60, deadline=None)
WORDS = st.sampled_from(["a", "the", "cat", "sat", "mat", "日", "本", "é", "x-y"])
LINES = st.lists(WORDS, max_size=6).map(" ".join)
TEXTS = st.lists(LINES, max_size=8).map("\n".join)
ANY = st.text(max_size=60) | TEXTS


@st.composite
def edited(draw, base):
    """A text that somebody made of `base`: lines put in, taken out, written anew."""
    lines = base.split("\n")
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(lines)))
        gone = draw(st.integers(0, 2))
        lines[place : place + gone] = draw(st.lists(LINES, max_size=2))
    return "\n".join(lines)


THREE = TEXTS.flatmap(lambda base: st.tuples(st.just(base), edited(base), edited(base)))


@quick
@given(ANY)
def test_tokens_are_the_text(text):
    assert "".join(split_lines(text)) == "".join(split_words(text)) == "".join(split_pieces(text)) == text
    assert all(word.strip() for word in words_of(text))


@quick
@given(st.lists(WORDS, max_size=40), st.lists(WORDS, max_size=40))
def test_what_two_have_in_common_is_in_both_in_order(a, b):
    a_end = b_end = 0
    for match in matches(a, b):
        assert (match.a >= a_end, match.b >= b_end, match.size > 0) == (True, True, True)
        assert a[match.a : match.a + match.size] == b[match.b : match.b + match.size]
        a_end, b_end = match.a + match.size, match.b + match.size


@quick
@given(ANY, ANY)
def test_who_alone_changed_something_gets_it(base, mine):
    assert merge_lines(base, mine, base) == merge_lines(base, base, mine) == merge_lines(base, mine, mine) == mine


@quick
@given(THREE)
def test_it_does_not_matter_whose_is_whose(three):
    base, mine, theirs = three

    assert merge_lines(base, mine, theirs) == merge_lines(base, theirs, mine)


@quick
@given(THREE)
def test_no_word_that_either_put_in_is_lost(three):
    base, mine, theirs = three
    merged = merge_lines(base, mine, theirs)

    if merged is not None:
        had, now = Counter(words_of(base)), Counter(words_of(merged))
        for one in (mine, theirs):
            put_in = {word for word in Counter(words_of(one)) if word not in had}
            assert put_in <= now.keys()


@quick
@given(st.lists(st.uuids().map(str), min_size=3, max_size=8, unique=True), st.data())
def test_lines_put_in_at_different_places_all_arrive(lines, data):
    """Whoever puts in what, wherever: every line is there, and those of before in their order."""
    base = [f"{line}\n" for line in lines]
    places = data.draw(st.permutations(range(len(base))))
    mine, theirs = base.copy(), base.copy()
    mine.insert(places[0], "What I\nput in.\n")
    theirs.insert(places[1], "What they put in.\n")

    merged = merge_lines("".join(base), "".join(mine), "".join(theirs))

    assert merged is not None
    assert "What I\nput in.\n" in merged
    assert "What they put in.\n" in merged
    assert merged.replace("What I\nput in.\n", "").replace("What they put in.\n", "") == "".join(base)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ("I like red apples.", "I like green apples.", "I really like red apples.", "I really like green apples."),
        ("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n"),
        ("Hello", "Hello wor", "Hello world, and", "Hello world, and"),
        ("", "One thought", "One thought and another", "One thought and another"),
        ("a cat", "a dog", "a mouse", None),
        ("one\ntwo\nthree", "one\nthree", "one\ntwo, changed\nthree", None),
        ("x", "x 1", "x 2", None),
    ],
)
def test_what_touches_is_for_people_to_decide(base, mine, theirs, merged):
    assert merge_lines(base, mine, theirs) == merged


def test_fields_are_put_together_one_by_one():
    base = Text("Title", "Body.", "So.", ("Bread", "Old"), "title", comments_closed=False)
    mine = Text("Title", "Body, mine.", "So.", ("Bread", "Old", "Mine"), "title", comments_closed=True)
    theirs = Text("Their title", "Body.", "", ("Bread",), "their-title", comments_closed=False)

    merged = merge_texts(base, mine, theirs)

    assert merged == Text("Their title", "Body, mine.", "", ("Bread", "Mine"), "their-title", comments_closed=True)
    assert merge_texts(base, mine, Text("Title", "Body, theirs.")) is None


# What changed


@quick
@given(ANY, ANY)
def test_what_is_shown_as_changed_is_both_texts(before, after):
    for compared in (compare_words(before, after), compare_lines(before, after)):
        old = (RunKind.SAME, RunKind.REMOVED, RunKind.MOVED_AWAY)
        new = (RunKind.SAME, RunKind.ADDED, RunKind.MOVED_HERE)
        if any(run.kind is RunKind.SKIPPED for run in compared) or before == after:
            continue
        assert "".join(run.text for run in compared if run.kind in old) == before
        assert "".join(run.text for run in compared if run.kind in new) == after


def test_a_line_that_moved_is_shown_as_moved():
    compared = compare_lines("one two three\nb\nc\n", "b\nc\none two three\n")

    kinds = [(run.kind, run.text) for run in compared]
    assert kinds == [
        (RunKind.MOVED_AWAY, "one two three\n"),
        (RunKind.SAME, "b\nc\n"),
        (RunKind.MOVED_HERE, "one two three\n"),
    ]


# How much went


@quick
@given(TEXTS, TEXTS, TEXTS)
def test_what_goes_step_by_step_is_counted_whole(first, second, third):
    def lost(before, after):
        return change(Text("", before), Text("", after)).lost

    assert lost(first, third) <= lost(first, second) + lost(second, third)
    assert lost(first, first) == 0


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ("an incred", "an incredible thing", 0),
        ("one two three", "three two one", 0),
        ("one two three", "one three", 1),
        ("日本語", "日語", 1),
        ("a a a", "a", 2),
    ],
)
def test_typing_on_at_a_word_takes_none_away(before, after, lost):
    assert change(Text("", before), Text("", after)).lost == lost


# Long texts


def long_texts():
    book = "".join(f"{' '.join(f'w{(line * 7 + word) % 3001}' for word in range(70))}\n" for line in range(2500))
    again = "a\n" * 480_000
    return {
        "a book": (book, book.replace("w17 ", "w18 ", 40), book[:400_000] + "New.\n" + book[400_000:]),
        "one line": (book.replace("\n", " "), book.replace("\n", " ") + "x", "x" + book.replace("\n", " ")),
        "all the same": (again, again[:300_000] + "x\n" + again[300_000:], "y\n" + again[:-20_000]),
        "nothing in common": (book, book[::-1], book.swapcase()),
    }


@pytest.mark.parametrize("name", ["a book", "one line", "all the same", "nothing in common"])
def test_the_longest_texts_take_about_a_second_of_the_processor(name):
    base, mine, theirs = long_texts()[name]
    start = time.process_time()

    merge_lines(base, mine, theirs)
    merged = time.process_time()
    compare_lines(mine, theirs)
    compared = time.process_time()

    assert merged - start < 4, "with room for a slow machine"
    assert compared - merged < 4
