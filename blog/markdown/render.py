"""Markdown in, `Document` out."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from unicodedata import normalize

from markdown_it import MarkdownIt
from markdown_it.token import Token

from blog.markdown.document import Document, Labels, Picture, Target
from blog.markdown.draft import Draft, Kind
from blog.markdown.excerpts import count_words, excerpt_of
from blog.markdown.post_links import PostLinks
from blog.markdown.printer import print_tree
from blog.markdown.sanitiser import sanitise
from blog.markdown.syntax import NARROW_NO_BREAK, comment_parser, is_too_hard, post_parser
from blog.markdown.writer import Writer

MOST_PLAIN_PARAGRAPHS = 5_000
"""Of a text that is shown plainly; what comes after them is one paragraph more."""

LONGEST_WITH_TITLES = 200_000
"""Characters that a text may have by the titles of the posts that it links to, where it is shorter itself."""

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85]")
_LOST = re.compile(r"[\x00\ud800-\udfff]")
_UNPRINTABLE = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")
_NOT_CHARACTERS = re.compile(
    "[" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]"
)
_EMPTY_LINES = re.compile(r"\n[ \t]*\n\s*")


def render_post(
    text: str,
    *,
    language: str = "en",
    picture: Callable[[str], Picture | None] | None = None,
    labels: Labels | None = None,
    targets: Mapping[str, Target] | None = None,
) -> Document:
    """Render a post; never raises, whatever the text.

    `language` (BCP 47) chooses the quotation marks, `labels` are the words that are added, `picture` tells the size
    of one of our pictures by its address. `targets` are the posts that names in `[[…]]` mean, by `name_key`; without
    them brackets stay brackets.
    """
    draft = Draft(Kind.POST, labels=labels, picture=picture)
    return _render(text, draft, post_parser(language), PostLinks(targets) if targets is not None else None)


def render_comment(text: str) -> Document:
    """Render a comment: paragraphs, emphasis, links, code, lists and quotes. Never raises, whatever the text."""
    return _render(text, Draft(Kind.COMMENT), comment_parser())


def _render(source: str, draft: Draft, parser: MarkdownIt, links: PostLinks | None = None) -> Document:
    text = _clean(source)
    plain = is_too_hard(text)
    if plain:
        _write_plainly(text, draft)
    else:
        environment = {} if links is None else {"post_links": links}
        Writer(draft, partial(_inline_tokens, parser)).write(parser.parse(text, environment))

    root = draft.builder.finish()
    html, plain_text = print_tree(root, draft.target)
    longest = max(len(source), LONGEST_WITH_TITLES) if links and links.met else len(source)
    if len(plain_text) > longest:
        plain_text = plain_text.replace(NARROW_NO_BREAK, "")[:longest]
    return Document(
        html=sanitise(html, draft.kind),
        text=plain_text,
        excerpt=excerpt_of(root),
        headings=tuple(draft.headings),
        words=count_words(plain_text),
        outside_pictures=tuple(draft.outside_pictures),
        plain=plain,
        links=links.met if links else {},
        unknown_names=tuple(links.unknown) if links else (),
    )


def _clean(text: str) -> str:
    """Without what neither HTML nor XML can hold, and in the normal form that the web wants (W3C charmod-norm)."""
    text = _LINE_BREAKS.sub("\n", text)
    text = _UNPRINTABLE.sub("", _LOST.sub("\ufffd", text))
    text = _NOT_CHARACTERS.sub("", text) if _BEYOND_BMP.search(text) else text
    return normalize("NFC", text)


def _inline_tokens(parser: MarkdownIt, text: str) -> list[Token]:
    return parser.parseInline(text)[0].children or []


def _write_plainly(text: str, draft: Draft) -> None:
    for paragraph in _EMPTY_LINES.split(text.strip(), maxsplit=MOST_PLAIN_PARAGRAPHS):
        element = draft.builder.start("p")
        draft.builder.text(paragraph)
        draft.builder.end(element)
