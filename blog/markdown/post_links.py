"""`[[name]]` and `[[name|words]]`: links to other posts by what they are called."""

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_inline import StateInline

from blog.markdown.document import Target

LONGEST_NAME = 200
MOST_LINKS = 1_000
"""Of one text; what comes after them is shown by its words."""
MOST_NAMES = 500
"""Of one text; what is in brackets after them stays as it was typed."""

_LINK = re.compile(r"\[\[(?!\^)([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,300}))?\]\](?![(\[:])")


def name_key(name: str) -> str:
    """A name as it is compared: however it is spaced, and in capitals or not."""
    return " ".join(name.split()).casefold()[:LONGEST_NAME]


def names_in(text: str) -> list[str]:
    """The names that may be links of a text, as they are written; some may stand in code."""
    found = (match[1] for match in _LINK.finditer(text) if _is_name(match[1]))
    return list(dict.fromkeys(found))[:MOST_NAMES]


class PostLinks:
    """Where the names of one text lead, and which of them were met when it was rendered."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = targets
        self.met: dict[str, Target] = {}
        self.unknown: dict[str, None] = {}
        self._left = MOST_LINKS

    def follow(self, name: str) -> Target | None:
        """Where a name leads, which is noted."""
        target = self._targets.get(name_key(name))
        if target is None:
            self.unknown[name] = None
        else:
            self.met[name_key(name)] = target
            self._left -= 1
        return target if self._left >= 0 else None


def post_links_plugin(parser: MarkdownIt) -> None:
    """Read `[[…]]` where the environment holds `post_links`, after what CommonMark makes of the brackets."""
    parser.inline.ruler.before("link", "post_link", _read)


def _read(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- the parser's signature
    links: PostLinks | None = state.env.get("post_links")
    if links is None or state.src[state.pos] != "[":
        return False
    found = _LINK.match(state.src, state.pos, state.posMax)
    if found is None or not _is_name(found[1]) or (state.pos > 0 and state.src[state.pos - 1] == "!"):
        return False
    if normalizeReference(found[1]) in state.env.get("references", {}):
        return False
    if not silent:
        name = found[1].strip()
        target, words = links.follow(name), (found[2] or "").strip()
        if target is None or not target.address or state.linkLevel:
            state.push("text", "", 0).content = words or name
        else:
            opening = state.push("link_open", "a", 1)
            opening.attrs = {"href": state.md.normalizeLink(target.address)}
            state.push("text", "", 0).content = words or target.title or name
            state.push("link_close", "a", -1)
    state.pos = found.end()
    return True


def _is_name(written: str) -> bool:
    """`[[ -f x ]]`, with blanks within, is a condition of a shell."""
    return bool(written.strip()) and written == written.strip()
