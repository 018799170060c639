"""Shortcodes and tags where they stand in a text, and what they are given."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_TAG_LENGTH = 4000
"""A longer one is no tag."""
LITERAL = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*(\|.*)?""", re.DOTALL)
"""What stands in quotes, and the filters behind it."""
_ARGUMENT = re.compile(
    r"""([\w.-]{1,50})\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|([^\s,"'`]+))"""
    r"""|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|([^\s,"'`=]+)"""
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A shortcode or tag in a text."""

    start: int
    end: int
    style: str  # hugo, statement, expression
    name: str
    arguments: str
    closes: bool = False


def tags(text: str) -> Iterator[Tag]:
    """The shortcodes and tags in a text, from its beginning."""
    at = 0
    while True:
        starts = [place for mark in ("{{", "{%") if (place := text.find(mark, at)) >= 0]
        if not starts:
            return
        start = min(starts)
        style, closing = "expression", "}}"
        if text.startswith("{%", start):
            style, closing = "statement", "%}"
        elif text[start + 2 : start + 3] in ("<", "%"):
            style, closing = "hugo", {"<": ">}}", "%": "%}}"}[text[start + 2]]
        inner_start = start + (3 if style == "hugo" else 2)
        end = text.find(closing, inner_start, start + MAX_TAG_LENGTH)
        if end < 0:
            at = start + 2
            continue
        at = end + len(closing)
        if tag := _read_tag(text[inner_start:end], start, at, style):
            yield tag


def _read_tag(inner: str, start: int, end: int, style: str) -> Tag | None:
    if inner.startswith("/*") or "{{" in inner:
        return None
    inner = inner.strip().strip("-").strip()
    if style == "expression" and LITERAL.fullmatch(inner):
        return Tag(start, end, style, "", inner)
    match = re.match(r"(/?)\s*([A-Za-z_][\w./-]*)", inner)
    if match is None:
        return None
    arguments = inner[match.end() :].strip().removesuffix("/").strip()
    return Tag(start, end, style, match[2], arguments, closes=bool(match[1]))


def arguments_of(text: str) -> dict[str, str]:
    """Named and numbered (`0`, `1`, …) arguments of a shortcode."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    found: dict[str, str] = {}
    number = 0
    for match in _ARGUMENT.finditer(text):
        if match[1]:
            value = next((group for group in match.groups()[1:5] if group is not None), "")
            found.setdefault(match[1].lower(), _unescaped(value))
        else:
            value = next((group for group in match.groups()[5:] if group is not None), "")
            found[str(number)] = _unescaped(value)
            number += 1
    return found


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)
