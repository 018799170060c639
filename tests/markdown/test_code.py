"""Code: coloured, labelled, marked."""

import pytest

from blog.markdown import render_post
from blog.markdown.code import CodeInfo, read_info
from tests.markdown.safety import tree


def fence(info: str, code: str = "x = 1") -> str:
    return render_post(f"```{info}\n{code}\n```").html


def test_code_stands_in_a_box_under_its_language_and_title() -> None:
    assert fence('python title="ledger.py"', "def f(): pass") == (
        '<div class="code"><div class="bar"><span>Python, ledger.py</span></div>\n'
        '<pre tabindex="0" role="group" aria-label="Python code"><code>'
        '<span class="k">def</span> <span class="nf">f</span>(): <span class="k">pass</span></code></pre>\n</div>'
    )


@pytest.mark.parametrize("source", ["```\na < b\n```", "```text\na < b\n```", "    a < b"])
def test_code_without_a_language_has_no_bar(source: str) -> None:
    assert render_post(source).html == (
        '<div class="code"><pre tabindex="0" role="group" aria-label="Code"><code>a &lt; b</code></pre>\n</div>'
    )


def test_a_language_that_we_do_not_know_is_named_and_not_coloured() -> None:
    html = fence("brainwave", "if x: y")

    assert "<span>brainwave</span>" in html
    assert "<code>if x: y</code>" in html


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("", CodeInfo()),
        ("rust", CodeInfo("rust")),
        ("rust,ignore", CodeInfo("rust")),
        ("py {1,3-5}", CodeInfo("py", lines=frozenset({1, 3, 4, 5}))),
        ("js{2}", CodeInfo("js", lines=frozenset({2}))),
        ('python title="a b.py" {2}', CodeInfo("python", "a b.py", frozenset({2}))),
        ("toml,hl_lines=2 4-5", CodeInfo("toml", lines=frozenset({2, 4, 5}))),
        ('py hl_lines="1 3"', CodeInfo("py", lines=frozenset({1, 3}))),
        ("go {hl_lines=[1,3],linenostart=199}", CodeInfo("go", lines=frozenset({1, 3}))),
        ("title=x.py", CodeInfo("", "x.py")),
        ("py {9-1}", CodeInfo("py")),
        ("py {1-99999}", CodeInfo("py", lines=frozenset(range(1, 1002)))),
    ],
)
def test_info_strings_of_many_generators_are_read(info: str, expected: CodeInfo) -> None:
    assert read_info(info) == expected


def test_marked_lines() -> None:
    html = fence("python {2-3}", "a = 1\nb = '''\nc'''\nd = 2")
    marked = ["".join(span.itertext()) for span in tree(html).iter("span") if span.get("class") == "hll"]

    assert marked == ["b = '''\n", "c'''\n"]
    assert "".join(next(tree(html).iter("code")).itertext()) == "a = 1\nb = '''\nc'''\nd = 2"


@pytest.mark.parametrize(
    "language", ["python", "rust", "html", "console", "diff", "json", "pycon", "c", "php", "yaml", "nix"]
)
@pytest.mark.parametrize(
    "code", ["", "\n\nx\n\n", "  a\n\tb  \n", "<b>&amp;</b>\n\xa0'\"\n", "é 中 \U0001f600", '\'unfinished\n"""', "{{{"]
)
def test_not_a_character_of_the_code_is_lost(language: str, code: str) -> None:
    shown = "".join(next(tree(fence(language, code)).iter("code")).itertext())

    assert shown == code


def test_every_block_may_be_scrolled_by_keyboard_and_none_is_a_landmark() -> None:
    html = fence("python") + fence("python")

    assert html.count('<pre tabindex="0" role="group" aria-label="Python code">') == 2
    assert "region" not in html


def test_minified_code_is_not_coloured() -> None:
    assert '<span class="' not in fence("javascript", "let a=1;" * 200).split("<pre")[1]


def test_typography_keeps_away_from_code() -> None:
    html = render_post('`"a" -- b...` <code>"a" -- b...</code> <kbd>\'</kbd>\n\n```\n"a" -- b...\n```').html

    assert html.count('"a" -- b...') == 3
    assert "<kbd>'</kbd>" in html
