"""Headings: their levels under the page's h1, their ids, and the links to them."""

import re

import pytest

from blog.markdown import Heading, render_post


def levels(source: str) -> list[int]:
    return [int(level) for level in re.findall(r"<h(\d)", render_post(source).html)]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("# a\n## b\n### c\n# d", [2, 3, 4, 2]),
        ("## a\n### b\n## c", [2, 3, 2]),
        ("#### a\n##### b\n#### c", [2, 3, 2]),
        ("## a\n#### b\n#### c\n### d", [2, 3, 3, 3]),
        ("# a\n###### b\n## c\n### d", [2, 3, 3, 4]),
        ("### a\n# b\n## c", [2, 2, 3]),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", [2, 3, 4, 5, 6, 6]),
        ("> #### a\n\n## b", [2, 2]),
        ("a\n===\nb\n---\n<h4>c</h4>\n\n# d", [2, 3, 4, 2]),
    ],
)
def test_headings_begin_below_the_title_and_skip_no_level(written: str, shown: list[int]) -> None:
    assert levels(written.replace("\n", "\n\n") if "===" not in written else written) == shown


def test_a_heading_links_to_itself() -> None:
    document = render_post("## A ledger of *iron*")

    assert document.html == (
        '<h2 id="user-content-a-ledger-of-iron"><a href="#user-content-a-ledger-of-iron">A ledger of <em>iron</em></a></h2>'
    )
    assert document.headings == (Heading(2, "user-content-a-ledger-of-iron", "A ledger of iron"),)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("What's new in 1.88.0?", "whats-new-in-1880"),
        ("Überblick & Maße", "überblick-masse"),
        ("`code` and snake_case", "code-and-snake-case"),
        ("日本語", "日本語"),
        ("???", "section"),
        ("x" * 200, "x" * 80),
    ],
)
def test_an_id_is_made_of_the_words(title: str, name: str) -> None:
    assert render_post(f"## {title}").headings[0].id == f"user-content-{name}"


def test_headings_of_one_name_have_ids_of_their_own() -> None:
    ids = [heading.id for heading in render_post("# A\n\n# A\n\n# A-1\n\n# A").headings]

    assert ids == ["user-content-a", "user-content-a-1", "user-content-a-1-1", "user-content-a-2"]


def test_an_author_may_name_a_heading() -> None:
    document = render_post("## A title {#short}\n\n[to it](#short)")

    assert document.headings == (Heading(2, "user-content-short", "A title"),)
    assert '<a href="#user-content-short">to it</a>' in document.html


@pytest.mark.parametrize("written", ["whats-next", "what-s-next", "What's%20next", "user-content-whats-next"])
def test_a_link_finds_its_heading_by_the_names_that_other_sites_give_it(written: str) -> None:
    assert 'href="#user-content-whats-next">x' in render_post(f"[x](#{written})\n\n## What's next?").html


def test_a_link_to_a_place_of_the_page_stays() -> None:
    assert '<a href="#comments">' in render_post("[below](#comments)").html


def test_a_heading_with_a_link_is_no_link_itself() -> None:
    assert (
        render_post("## About [this](/x)").html == '<h2 id="user-content-about-this">About <a href="/x">this</a></h2>'
    )


def test_a_heading_without_words_is_none() -> None:
    document = render_post("#\n\n## \n\n<h2></h2>\n\n<h3> <br> </h3>")

    assert "<h" not in document.html
    assert document.headings == ()


def test_a_heading_may_be_a_picture() -> None:
    document = render_post("## ![The bridge](/media/a.png)")

    assert document.headings == (Heading(2, "user-content-the-bridge", "The bridge"),)


def test_the_contents_list_the_posts_own_headings_only() -> None:
    document = render_post("# A\n\n> # B\n\n- # C\n\n> [!NOTE]\n> # D\n\n<div>\n\n# E\n\n</div>")

    assert [heading.text for heading in document.headings] == ["A", "E"]


def test_a_note_in_a_heading_is_not_of_its_name() -> None:
    document = render_post("## A title[^1]\n\n[^1]: A note.")

    assert document.headings == (Heading(2, "user-content-a-title", "A title"),)
    assert '<ol class="notes"' in document.html
