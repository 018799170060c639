"""Quotation marks of many languages, dashes, ellipses."""

import pytest

from blog.markdown import render_post


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "“a ‘b’ c”"),
        ("en-GB", "“a ‘b’ c”"),
        ("de", "„a ‚b‘ c“"),
        ("de-CH", "«a ‹b› c»"),
        ("fr", "«\u202fa ‹\u202fb\u202f› c\u202f»"),
        ("fr-CA", "«\u202fa ‹\u202fb\u202f› c\u202f»"),
        ("es", "«a “b” c»"),
        ("sv", "”a ’b’ c”"),
        ("pl", "„a ‚b’ c”"),
        ("ja", "「a 『b』 c」"),
        ("xx", "“a ‘b’ c”"),
        ("", "“a ‘b’ c”"),
    ],
)
def test_quotation_marks_follow_the_language(language: str, shown: str) -> None:
    assert render_post("\"a 'b' c\"", language=language).excerpt == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("It's Ana's", "It’s Ana’s"),
        ("one -- two", "one – two"),
        ("1990--2025", "1990–2025"),
        ("one---two", "one—two"),
        ("use --flag or --no-flag", "use --flag or --no-flag"),
        ("wait...", "wait…"),
        ("....", "...."),
        ("(c) (r) +- !!!!!", "(c) (r) +- !!!!!"),
        ('\\"a\\"', '"a"'),
        ("https://example.org/a--b...c", "https://example.org/a--b...c"),
    ],
)
def test_dashes_and_ellipses(written: str, shown: str) -> None:
    assert render_post(written).text == shown


def test_french_blanks_do_not_make_the_text_longer_than_it_was_written() -> None:
    assert render_post('"a"', language="fr").text == "«a»"


def test_a_heap_of_quotation_marks_stays_straight() -> None:
    assert render_post("'a' " * 200).text.startswith("'a' 'a'")


def test_text_is_normalised() -> None:
    assert render_post("Le\u0301o").text == "Léo"
