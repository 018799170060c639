import html
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blog.transfer.links import NOWHERE, links, rewrite
from blog.transfer.places import Link
from blog.transfer.scanning import code_ranges, headings

EVERY_SHAPE = r"""# Head [a](x.md) #

Text [b](<x.md> "title") and ![p](pic.png) `[c](x.md)` <img src="pic.png" alt="A &amp; B"> <https://old.org/p> end.
Bare https://old.org/q_r and a mail <me@old.org>.
 [![alt *x*](pic.png)](x.md) [ref][R], [R] and ![R][] end \[no](x.md)

> quote [q](x.md
> "t") more
> lazy
continuation [l](x.md)

1. one [i](x.md)
	- nested	[n](x.md)

    paragraph of the list [o](x.md)

text

    code [x](x.md)

| [t](x.md) | [t](x.md) |
|---|---|
| [t](x.md) | `a\|b` [u](x.md) [p\|q](x.md) |
a | [w](x.md)

[^1]: foot [f](x.md)
    [g](x.md)

Note[^1] and ^[inline [fi](x.md)].

[R]: x.md
  'title'
[S]: <x.md>

<div>
<a href='x.md'>y</a> <img
  src=pic.png srcset="pic.png 1x, pic.png 2x">
<!-- <a href="x.md"> -->
<script src="x.md"></script>
</div>

Term
: def [d](x.md)

```
[no](x.md) ![no](pic.png)
```
"""


def test_every_shape_of_link_is_changed_and_code_is_not() -> None:
    changed = rewrite(EVERY_SHAPE, lambda link: "/media/p.png" if link.is_picture else "/posts/x")

    kept = [line for line in changed.split("\n") if "x.md" in line or "pic.png" in line]
    assert kept == [
        line
        for line in EVERY_SHAPE.replace("[b](<x.md>", "[b](/posts/x").replace("![p](pic.png)", "![p](/media/p.png)")
        .replace('<img src="pic.png"', '<img src="/media/p.png"')
        .replace("<https://old.org/p>", "[https://old.org/p](/posts/x)")
        .replace("[![alt *x*](pic.png)](x.md)", "[![alt *x*](/media/p.png)](/posts/x)")
        .split("\n")
        if any(
            mark in line
            for mark in ("`[c](x.md)`", r"\[no](x.md)", "code [x](x.md)", "<!-- <a", "<script", "[no](x.md) ![no]")
        )
    ]  # fmt: skip
    assert "[https://old.org/q\\_r](/posts/x)" in changed
    assert "<me@old.org>" in changed
    assert "[R]: /media/p.png\n  'title'\n[S]: /posts/x\n" in changed
    assert 'srcset="/media/p.png 1x, /media/p.png 2x"' in changed


def test_a_text_is_the_same_to_the_byte_when_nothing_changes() -> None:
    assert rewrite(EVERY_SHAPE, lambda _link: None) == EVERY_SHAPE


def test_a_link_to_nowhere_leaves_its_text_and_a_hidden_note() -> None:
    text = "A [*b* `c`](gone.md) d ![alt](gone.png) ![](gone.png)<img src='gone.png' alt='e'> <a href='gone'>f</a> [r]\n\n[r]: gone\n"

    assert rewrite(text, lambda _link: NOWHERE) == (
        "A *b* `c`<!-- gone.md --> d alt<!-- gone.png --> e<!-- gone.png --> "
        "<a data-old-href='gone'>f</a> r<!-- gone -->\n\n[r]: gone\n"
    )


def test_a_hidden_note_can_not_be_left() -> None:
    assert rewrite("[a](x-->y--)", lambda _link: NOWHERE) == "a<!-- x%2D-%3Ey%2D%2D -->"


def test_an_address_is_what_a_browser_reads() -> None:
    found = links("[a](a\\_b&amp;c) <a href='a&amp;b'>x</a> [c](<a b>)\n")

    assert {link.address for link in found} == {"a_b&c", "a&b", "a b"}


def test_a_new_address_that_needs_it_is_put_in_brackets() -> None:
    assert rewrite("[a](b) <a href=b>", lambda _link: '/x (1)"') == '[a](</x (1)">) <a href=/x (1)&quot;>'


def test_a_picture_has_its_description() -> None:
    assert Link("p.png", is_picture=True, label="A *b*") in links("![A *b*](p.png)")


def test_code_is_found_where_it_stands() -> None:
    text = "a `b` c\n\n    d\n\n> ```\n> e\n> ```\n\n- `f`\n"

    assert [text[start:end] for start, end in code_ranges(text)] == ["`b`", "    d\n", "> ```\n> e\n> ```\n", "`f`"]


def test_headings_have_their_level_and_place() -> None:
    found = headings("Title\n=====\n\n> # quoted\n\n## Two ##\n")

    assert [(one.level, one.text, one.first_line, one.end_line, one.is_first_block) for one in found] == [
        (1, "Title", 0, 2, True),
        (2, "Two", 5, 6, False),
    ]


@pytest.mark.parametrize("piece", ["[", "![", "[a](", "<a href=", "> ", "| a ", "`", "*a ", "[a]: b\n", "- ", "<!--"])
def test_a_hostile_text_takes_no_more_than_seconds(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    start = time.perf_counter()

    assert rewrite(text, lambda _link: None) == text

    assert time.perf_counter() - start < 10


PIECES = st.sampled_from(
    ["[a](b.md)", "![a](b.png)", "[a]", "[a]: b\n", "`", "```\n", "    ", "> ", "- ", "\n", "\n\n", "|", "a | b\n--|--\n",
     "<a href='b'>t</a>", "<div>\n", "\\", "\t", "*", "_", "[^1]", "[^1]: x\n", "^[", "]", "(", ")", "# ", "https://b.org/c ",
     "<https://b.org>", "é", " ", ": d\n", "{#x}", "&amp;"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(alphabet=string.ascii_letters, max_size=3)), max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_survives_and_no_link_is_missed(pieces: list[str]) -> None:
    text = "".join(pieces)

    assert rewrite(text, lambda _link: None) == text
    changed = rewrite(text, lambda link: link.address if link.address else None)
    before = sorted((html.unescape(link.address), link.is_picture) for link in links(text))
    assert sorted((html.unescape(link.address), link.is_picture) for link in links(changed)) == before


def test_a_text_too_hard_to_be_shown_as_markdown_is_left_as_it_is() -> None:
    text = "[a](b.md)\n" * 30_000

    assert rewrite(text, lambda _link: "/x") == text
    assert links(text) == headings(text) == []
