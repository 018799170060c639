"""The first words of a document, and how many it has."""

import re
from collections.abc import Iterator

from blog.markdown.tree import Element, plain_text

LONGEST_EXCERPT = 220
SHORTEST_EXCERPT = 80
"""A cut at the end of a sentence must leave as much; else it is made between two words."""

LONGEST_GREETING = 40
"""A shorter first paragraph ("Hello, everybody!") says nothing of the post, unless there is no other."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*(?=\s)|[。！？]")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def excerpt_of(root: Element) -> str:
    """The first paragraph of a document as plain text, cut where a sentence or at least a word ends."""
    first = ""
    for paragraph in _paragraphs(root):
        text = plain_text(paragraph)
        if len(text) >= LONGEST_GREETING:
            return cut(text)
        first = first or text
    return first


def cut(text: str) -> str:
    """At most 220 characters of a text, up to the end of a sentence, or of a word with an ellipsis."""
    if len(text) <= LONGEST_EXCERPT:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, LONGEST_EXCERPT + 1)]
    if ends and SHORTEST_EXCERPT <= ends[-1] <= LONGEST_EXCERPT:
        return text[: ends[-1]]
    start = text[: LONGEST_EXCERPT - 1]
    if not text[LONGEST_EXCERPT - 1].isspace():
        start = start.rpartition(" ")[0] or start
    return start.rstrip(" ,;:–—-") + "…"


def count_words(text: str) -> int:
    """Words as they are read: two characters of a script without spaces count for one."""
    without_spaces = len(_WITHOUT_SPACES.findall(text))
    return len(_WITHOUT_SPACES.sub(" ", text).split()) + (without_spaces + 1) // 2


def _paragraphs(root: Element) -> Iterator[Element]:
    """Paragraphs of the running text, in order: not those of lists, quotes, notes, callouts and tables."""
    for child in root.children:
        if not isinstance(child, Element):
            continue
        if child.tag == "p":
            yield child
        elif child.tag == "div" and not child.has_class("callout"):
            yield from _paragraphs(child)
