"""A text of another site's, shortcode by shortcode."""

import re
from dataclasses import dataclass

from blog.transfer.scanning import code_ranges
from blog.transfer.shortcodes.code import HELD, code_as_fences, is_inside, outside_code, without_raw_marks
from blog.transfer.shortcodes.dictionary import in_markdown
from blog.transfer.shortcodes.tags import Tag, tags
from blog.transfer.sites import Generator, Site

_MORE = re.compile(
    r"(?:(?<![ \t])[ \t]++)?<!--+\s*+(?:more|truncate|excerpt|read ?more)\s*+-*-->[ \t]*+", re.IGNORECASE
)
_ATTRIBUTE_LIST = re.compile(r"\{:(?![:}]|\s*#)[^{}\n]{0,300}\}")
_TABLE_OF_CONTENTS = re.compile(r"^[ \t]*(?:[*-]|1\.)[^\n]*\n[ \t]*\{:\s*toc\s*\}[ \t]*$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Translation:
    """A text without the shortcodes that could be translated."""

    text: str
    unknown: tuple[str, ...]
    """The names of those that stay as text."""


def translate(text: str, site: Site, *, is_liquid: bool) -> Translation:
    """`text` with its shortcodes in Markdown. `is_liquid` says that Liquid read it before Markdown did."""
    unknown: tuple[str, ...] = ()
    text = text.replace(HELD, "")
    if is_liquid or site.generator is Generator.UNKNOWN:
        text = without_raw_marks(text, in_code=is_liquid)
    if "{{" in text or "{%" in text:
        text, unknown = _translate_tags(code_as_fences(text), site, is_liquid=is_liquid)
    if is_liquid and "{:" in text:
        text = _TABLE_OF_CONTENTS.sub("", text)
        text = outside_code(text, _ATTRIBUTE_LIST, "")
    if site.generator is Generator.HUGO:
        text = re.sub(r"\{\{([<%])/\*((?:[^{*]++|\{(?!\{)|\*(?!/))*)\*/([>%])\}\}", r"{{\1\2\3}}", text)
    text = text.replace(HELD, "{")
    return Translation(outside_code(text, _MORE, ""), unknown)


def _translate_tags(text: str, site: Site, *, is_liquid: bool) -> tuple[str, tuple[str, ...]]:
    """The text, and the names of the tags that stay in it, each once."""
    ranges = code_ranges(text)
    pieces: list[str] = []
    unknown: dict[str, None] = {}
    at = 0
    comment: Tag | None = None
    for tag in tags(text):
        if tag.start < at or is_inside(tag.start, ranges):
            continue
        if comment:
            if tag.name == "endcomment":
                at, comment = tag.end, None
            continue
        pieces.append(text[at : tag.start])
        at = tag.end
        if tag.name == "comment" and tag.style == "statement":
            comment = tag
            continue
        new = in_markdown(tag, site, is_liquid=is_liquid)
        if new is None:
            unknown.setdefault(tag.name)
            new = _as_text(text[tag.start : tag.end])
        pieces.append(new)
    pieces.append(text[at:] if comment is None else "")
    return "".join(pieces), tuple(unknown)


def _as_text(source: str) -> str:
    """A shortcode as readers see it: `<` begins no tag there."""
    return re.sub(r"<(?=[A-Za-z/!?])", r"\\<", source)
