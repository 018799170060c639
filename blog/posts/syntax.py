"""What an author can write, on one page: each thing as it is typed, and as the renderer shows it."""

from dataclasses import dataclass

from flask import render_template
from flask_babel import lazy_gettext as __
from flask_babel.speaklater import LazyString

from blog import clock
from blog.auth.current import login_required
from blog.markdown import ID_PREFIX, Picture, Target, name_key, render_post
from blog.posts import queries
from blog.posts.asking import writer
from blog.posts.blueprint import blueprint
from blog.site.current import current_site
from blog.web.assets import asset_url
from blog.web.pagination import Slice

PICTURE, DRAWING = "/media/bridge.png", "pictures/footbridge.svg"
"""The picture that the samples name, and the one that is shown for it."""
LINKED = "An iron footbridge"
"""The post that the samples name; the newest one is shown for it."""


@dataclass(frozen=True)
class Sample:
    """One thing that can be written."""

    name: str
    title: LazyString
    typed: str
    hint: LazyString | str = ""


@dataclass(frozen=True)
class ShownSample:
    """A sample, and its HTML."""

    sample: Sample
    html: str


SAMPLES = (
    Sample(
        "text",
        __("Text"),
        "A paragraph ends at an empty line.\n\n**Strong**, ~~struck out~~, `code`, *emphasis*.\n\n"
        "A line that ends in a backslash\\\nis broken there.",
    ),
    Sample(
        "signs",
        __("Quotation marks and dashes"),
        '"Straight marks", she said, "aren\'t kept."\nFrom 1990--2025 -- or longer --- and so on...',
        __("They become those of the post’s language. A backslash keeps any sign as it is."),
    ),
    Sample(
        "headings",
        __("Headings"),
        "## Stamped at both ends\n### In the seventh round {#seventh}\n\nMore [about the round](#seventh).",
        __("Every heading has an address; yours begin below the title of the post."),
    ),
    Sample(
        "links",
        __("Links"),
        "[A word](https://example.org/page),\nhttps://example.org/page or me@example.org.",
    ),
    Sample(
        "posts",
        __("Links to your own posts"),
        f"[[{LINKED}]], or in\n[[an-iron-footbridge|other words]].",
        __("By title or by the last part of the address. They stay right when the post is renamed."),
    ),
    Sample(
        "lists",
        __("Lists"),
        "- One thing\n- Another\n  - and what belongs to it\n\n3. Counting may begin\n4. anywhere\n\n"
        "- [x] Number what can come out\n- [ ] Teach somebody",
    ),
    Sample(
        "quotes",
        __("Quotes"),
        "> What somebody said.\n\n> It is not the strength of the iron\n> that keeps a bridge.\n"
        "> — Maud Farrow, its keeper\n{.pull}",
        __("With {.pull} as the last line a quote is set large."),
    ),
    Sample(
        "pictures",
        __("Pictures"),
        f'![An iron footbridge of seven rounds]({PICTURE}\n"One diagonal is missing. *Drawing: Jun Sato*")',
        __("In the brackets stands what it shows, in quotation marks its caption."),
    ),
    Sample(
        "code",
        __("Code"),
        '```python title="ledger.py" {2}\ndef is_seized(part):\n    return part.last_out is None\n```',
        __("The language, and if you like a title and the lines to mark."),
    ),
    Sample(
        "tables",
        __("Tables"),
        "| Spent on | Aldern |\n|----------|-------:|\n| Keeping  |    214 |\n| Repairs  |     70 |",
        __("A colon at the right of the dashes aligns a column to the right."),
    ),
    Sample(
        "formulas",
        __("Formulas"),
        "So $x^2 + px + q = 0$ has the roots\n\n$$\nx_{1,2} = -\\frac{p}{2} \\pm\n  \\sqrt{\\frac{p^2}{4} - q}\n$$",
        __("TeX between dollar signs. \\$ is always a dollar."),
    ),
    Sample(
        "notes",
        __("Footnotes"),
        "They are in the seventh round.[^ledger]\nA note in the line.^[Like this.]\n\n"
        "[^ledger]: The ledger is in the archive.",
        __("They stand beside the text where there is room."),
    ),
    Sample(
        "callouts",
        __("Callouts"),
        "> [!NOTE]\n> What is good to know.\n\n> [!WARNING]\n> What goes wrong otherwise.",
        __("There are five: NOTE, TIP, IMPORTANT, WARNING, CAUTION."),
    ),
    Sample(
        "terms",
        __("Terms"),
        "Hinge\n: A promise made by whoever hung the door.\n\nLedger\n: What remembers it.",
    ),
    Sample(
        "html",
        __("HTML"),
        "Press <kbd>Ctrl</kbd>, drink H<sub>2</sub>O.\n\n<details><summary>The long version</summary>\n\n"
        "*Markdown* goes on in here.\n\n</details>",
        __("Works where Markdown ends. Scripts, styles and forms go."),
    ),
)


@blueprint.get("/write/syntax")
@login_required
def show_syntax() -> str:
    """Everything that can be written in a post, as typed and as it looks."""
    writer()
    newest = queries.newest_posts(Slice.parse(None, None, 1), clock.now()).rows
    linked = Target(newest[0].id, f"/posts/{newest[0].slug}", LINKED) if newest else Target(0)
    return render_template("write/syntax.html", samples=_shown(linked))


def _shown(linked: Target) -> list[ShownSample]:
    """The samples as the renderer shows them, each with ids of its own."""
    picture = asset_url(DRAWING)
    targets = {name_key(name): linked for name in (LINKED, "an-iron-footbridge")}
    shown = []
    for sample in SAMPLES:
        document = render_post(
            sample.typed.replace(PICTURE, picture),
            language=current_site().language_tag,
            picture=lambda _address: Picture(960, 360),
            targets=targets,
        )
        shown.append(ShownSample(sample, document.html.replace(ID_PREFIX, f"{ID_PREFIX}{sample.name}-")))
    return shown
