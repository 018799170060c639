"""Formulas: TeX in, MathML out, and code where it can't be drawn."""

import time

import nh3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog.markdown import render_comment, render_post
from blog.markdown.draft import Kind
from blog.markdown.formulas import LONGEST_FORMULA, MOST_COMMANDS, MOST_MATHML
from blog.markdown.sanitiser import sanitise
from tests.markdown.safety import check_document, check_safe, tree

MATHML = "{http://www.w3.org/1998/Math/MathML}"
TEX = r"""\frac \sqrt \sum \int \left( \right) \begin{matrix} \end{matrix} \begin{align} \end{align} { } ^ _ & \\ \text{ \mathbf \hat
\label{a} \ref{a} \tag{1} \href{javascript:alert(1)}{x} \color{red} \hspace{9em} \boxed{ \cancel{ \newcommand{\a}{\a\a} \a \def x 1 + < > " ' $
\displaystyle \textbf{ \mathrm{<img>} </math> <script> <!-- --> \limits \operatorname{ é 中 \not \binom \raisebox{ | \hline \sideset"""


def html_of(source: str) -> str:
    return render_post(source).html


def test_a_formula_in_a_line_is_mathml() -> None:
    assert html_of(r"Half: $\frac{1}{2}$.") == "<p>Half: <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>.</p>"


def test_a_formula_between_double_dollars_stands_by_itself_in_a_box_that_scrolls() -> None:
    html = html_of("text\n$$\nx^2\n+ y\n$$\nmore")

    assert html == (
        '<p>text</p>\n<div class="scroll" role="group" tabindex="0" aria-label="Formula"><math display="block">'
        "<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mi>y</mi></math></div>\n<p>more</p>"
    )
    assert html_of("a $$x$$ b") == '<p>a <math display="block"><mi>x</mi></math> b</p>'


def test_a_formula_is_found_by_its_tex() -> None:
    assert render_post(r"$\alpha$-decay").text == r"\alpha-decay"


@pytest.mark.parametrize(
    "written",
    ["$5 and $10", "5$ or 10$", "$HOME/$PATH", "a$b$c", "$ x $", "$x $", "$x$y", "$", "$$", "$$$$", "x$$", "$x$2", "$\n\nx$", "``$x$``"],
)  # fmt: skip
def test_money_and_variables_are_no_formulas(written: str) -> None:
    assert "<math" not in html_of(written)


def test_a_backslash_keeps_a_dollar_sign() -> None:
    assert html_of(r"\$x$ and \$y\$") == "<p>$x$ and $y$</p>"


@pytest.mark.parametrize("where", ["- {}", "> {}", "# {}", "| a |\n|---|\n| {} |", "[{}](/x)", "*{}*", "x[^n]\n\n[^n]: {}", "<ul>{}</ul>\n\n{}", "t\n: {}"])  # fmt: skip
def test_formulas_stand_wherever_text_does(where: str) -> None:
    source = where.replace("{}", "$x_1$")
    document = render_post(source)

    assert "<msub><mi>x</mi><mn>1</mn></msub>" in document.html
    check_document(document, source, Kind.POST)


def test_equations_are_numbered_through_a_document_and_begin_anew_in_the_next() -> None:
    source = "$$\n\\begin{equation}a\\end{equation}\n$$\n\n" * 2

    for _ in range(2):
        texts = [part.text for part in tree(html_of(source)).iter(f"{MATHML}mtext")]
        assert texts == ["(1)", "(2)"]


@pytest.mark.parametrize(
    ("tex", "classes"),
    [
        (r"\begin{align}a&=b\end{align}", {"wide", "rest", "end", "start", "tight-end", "tight-start"}),
        (r"\begin{cases}a&b\end{cases}", {"start", "tight-end", "apart"}),
        (r"\begin{array}{|c|}\hline a\end{array}", {"line-start", "line-end", "line-above"}),
        (r"\boxed{x}", {"boxed"}),
        (r"\cancel{x}", {"struck"}),
    ],
)
def test_what_needs_a_style_gets_a_class(tex: str, classes: set[str]) -> None:
    html = html_of(f"$${tex}$$")

    assert "style" not in html.replace("displaystyle", "")
    assert classes <= {name for part in tree(html).iter() for name in part.get("class", "").split()}


@pytest.mark.parametrize(
    "tex", [r"\frac{", r"\nonsense", "{", "x^", r"\begin{align}", r"\href{/x}{y}", r"\a\newcommand{\a}{b}"]
)
def test_what_cannot_be_read_is_shown_as_code(tex: str) -> None:
    assert html_of(f"so ${tex}$ it is").startswith("<p>so <code>$")
    assert "<code>$$\n" in html_of(f"$$\n{tex}\n$$")


@pytest.mark.parametrize("tex", [r"\hspace{99999em}", r"\hspace{-50em}", r"\raisebox{40em}{x}", r"\raisebox{-9em}{x}"])
def test_a_formula_stays_in_its_place(tex: str) -> None:
    html = html_of(f"${tex}x$")

    assert "<math" in html
    assert not any(len(part.get("width", "") + part.get("voffset", "")) for part in tree(html).iter())


@pytest.mark.parametrize(
    "opening", ["{", r"\frac{", r"\sqrt", r"\left(", r"\begin{matrix}", "x^{", r"\displaystyle", r"\hat{", r"\text{"]
)
def test_what_goes_too_deep_is_shown_as_code(opening: str) -> None:
    closing = {"{": "}", "(": r"\right)"}.get(opening[-1], "")
    deep = opening * LONGEST_FORMULA + "x" + closing * LONGEST_FORMULA

    assert "<math" not in html_of(f"${deep}$")
    assert "<math" not in html_of(f"${opening * (MOST_COMMANDS + 1)}x$")


@pytest.mark.parametrize(
    "piece",
    ["(", "[", r"\{", r"\langle ", r"\bigl(", r"\Biggl|", "{(}", "⟨", r"\mathopen(", r"(\frac x)", r"(\hat)", "(^)", r"[\middle)",
     r"\\ (", r"(\big)", r"(\mathbin)", r"(\text{)}", r"\left(x)(", r"\lfloor x + \sin "],
)  # fmt: skip
def test_brackets_that_nothing_closes_are_not_tried_in_every_way(piece: str) -> None:
    """math-core's time doubles with each: forty would take days."""
    start = time.process_time()

    html_of(f"${piece * 40}$ and $x = {piece * 40}x$ and $${piece * 40}$$")

    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "tex",
    ["(a+b)(c-d)" * 15, r"f(x) = f(x^2 + g_1(\alpha)) \cdot [0, 1] " * 8, r"\left(\frac{1}{2}\right)" * 15,
     r"\begin{aligned}" + r"\bigl(\frac12\bigr) &= (\frac13) \\ " * 15 + r"\end{aligned}"],
)  # fmt: skip
def test_brackets_that_close_may_be_many(tex: str) -> None:
    assert "<math" in html_of(f"${tex.strip()}$")


def test_formulas_without_end_are_code_from_some_point_on() -> None:
    html = html_of(("$" + "x" * 1_900 + "$\n\n") * 60)

    assert len(html) < 2 * MOST_MATHML
    assert html.count("<math>") < 60
    assert html.count("<math>") + html.count("<code>$") == 60


HARD = {
    "dollars": "$" * 200_000,
    "dollars and letters": "$a " * 60_000,
    "formulas": "$x$ " * 60_000,
    "lines that open": "$$ x\n" * 20_000,
    "escaped": "$a" + r"\$" * 50_000,
    "primes": ("$" + "'" * 1_900 + "$\n\n") * 100,
    "failing": "$\\bad$ " * 10_000,
}


@pytest.mark.parametrize("name", HARD)
def test_hostile_formulas_take_less_than_a_second(name: str) -> None:
    def seconds() -> float:
        start = time.process_time()
        render_post(HARD[name])
        return time.process_time() - start

    assert any(seconds() < 1 for _ in range(3))


@given(st.lists(st.sampled_from(TEX.split()), max_size=25).map(" ".join))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_heap_of_tex_gives_safe_and_valid_html(tex: str) -> None:
    for source in (f"${tex}$", f"$$\n{tex}\n$$"):
        check_document(render_post(source), source, Kind.POST)


def test_comments_know_no_formulas() -> None:
    assert render_comment("$x$ and $$y$$").html == "<p>$x$ and $$y$$</p>"


def test_mathml_of_an_authors_own_goes() -> None:
    assert html_of("<math><mi>x</mi></math> left") == "<p>x left</p>"
    assert html_of("<div><math><mi>x</mi></math> left</div>") == "<div> left</div>"


# The sanitiser sees only what the writer wrote. Should anything else ever come through, it must hold by itself: MathML is
# where parsers change their rules, and what was a text at the first reading may be a tag at the second.
MUTATING = [
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><mtext><table><mglyph><style><math><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<math><semantics><annotation-xml encoding='application/xhtml+xml'><script>alert(1)</script></annotation-xml></math>",
    "<math href='javascript:alert(1)'>x</math><math><mi xlink:href='javascript:alert(1)' href='javascript:alert(1)'>x</mi></math>",
    "<math><maction actiontype='statusline#http://e.x' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<math><mi><svg><style><a title='</style><img src onerror=alert(1)>'></style></svg></mi></math>",
    "<math><mtext><mglyph><svg><mtext><textarea><a title='</textarea><img src onerror=alert(1)>'>",
    "<math><mtext><option><FAKEFAKE><option></option><mglyph><svg><mtext><style><a title='</style><img src onerror=alert(1)>'></style>",
    "<svg><math><title><!--</title><img title='--><img src=x onerror=alert(1)>'>",
    "<math><mo style='position:fixed;inset:0' onclick=alert(1) class='masthead'>x</mo></math>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math><math><mi><p></mi><mo></p><script>alert(1)</script></mo></math>",
    "<math><malignmark><table><style><!--</style><img title='--&gt;&lt;script&gt;alert(1)&lt;/script&gt;'></malignmark></math>",
    "<math><mspace width='99999em' height='99999em'></mspace><mpadded voffset='99em'>x</mpadded></math><p>after",
    "<p><math></p><mtext></math><style><a id='</style><img src onerror=alert(1)>'>",
]


@pytest.mark.parametrize("html", MUTATING)
def test_mathml_does_not_change_under_the_sanitisers_hands(html: str) -> None:
    once = sanitise(html, Kind.POST)

    for reading in (once, sanitise(once, Kind.POST), nh3.clean(once, tags=nh3.ALLOWED_TAGS | {"math", "mi", "mtext"})):
        check_safe(reading)
    assert sanitise(once, Kind.POST) == once


MARKUP = """
<math> </math> <mi> </mi> <mtext> </mtext> <mrow> <mtable> <mtd> <p> </p> <table> <td> <a> </a> <b> <pre> <!-- --> <svg> <style> </style> <mglyph> <annotation-xml> <semantics> text
"""
TAGS = [
    "<img src=x onerror=y>",
    "<a title='</style><script>'>",
    "<mo href=javascript:x>",
    "<annotation-xml encoding=text/html>",
]


@given(st.lists(st.sampled_from([*MARKUP.split(), *TAGS]), max_size=20).map("".join))
@settings(max_examples=150, deadline=None)
def test_no_heap_of_mathml_gets_past_the_sanitiser(html: str) -> None:
    check_safe(sanitise(sanitise(html, Kind.POST), Kind.POST))
    check_safe(sanitise(html, Kind.POST))
