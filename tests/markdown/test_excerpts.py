"""The first words of a post, as lists and feeds show them."""

import pytest

from blog.markdown import render_post
from blog.markdown.excerpts import cut

LONG = "It was built in 1893 by a man who expected to be disappointed, twice at least."


def test_it_is_the_first_paragraph_without_markup() -> None:
    source = (
        "# Title\n\n![Picture](/media/a.png)\n\n> A quote that stands before everything else in this post.\n\n"
        f"*{LONG}*[^1] [Then](/x) `it` <b>was</b>.\n\nNot this.\n\n[^1]: Nor this."
    )

    assert render_post(source).excerpt == f"{LONG} Then it was."


def test_a_greeting_is_passed_over() -> None:
    assert render_post(f"Hello, everybody!\n\n{LONG}").excerpt == LONG


def test_a_short_post_is_its_own_excerpt() -> None:
    assert render_post("Short.").excerpt == "Short."
    assert render_post("- only\n- a list").excerpt == ""


@pytest.mark.parametrize("source", ["", "# Only a title", "![a](/b.png)", "```\ncode\n```", "<!-- x -->"])
def test_without_a_paragraph_there_is_none(source: str) -> None:
    assert render_post(source).excerpt == ""


def test_a_long_paragraph_is_cut_where_a_sentence_ends() -> None:
    assert cut(f"{LONG} {LONG} {LONG}") == f"{LONG} {LONG}"


def test_a_long_sentence_is_cut_between_words() -> None:
    excerpt = cut("word, " * 100)

    assert excerpt.endswith("word…")
    assert 200 < len(excerpt) <= 220


def test_a_text_without_blanks_is_cut_all_the_same() -> None:
    assert cut("x" * 500) == "x" * 219 + "…"
    assert cut("あ" * 150 + "。" + "い" * 150) == "あ" * 150 + "。"


def test_220_characters_are_not_cut() -> None:
    assert cut("x" * 220) == "x" * 220
