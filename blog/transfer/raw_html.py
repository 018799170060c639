"""The addresses in raw HTML, and where they stand."""

import html
import re
from html.parser import HTMLParser

from blog.transfer.places import Found, Lines, Link

_ADDRESSES = {"href", "src", "poster", "data"}
_PICTURE_TAGS = {"img", "source", "picture", "image"}
_UNSHOWN_TAGS = {"script", "link", "style", "base", "form", "input"}
_ATTRIBUTE = re.compile(r"""(?<![^\s"'<>/=])([^\s"'<>/=]{1,50}+)(\s*+=\s*+)("[^"]*"|'[^']*'|[^\s"'>]+)""")


class _Tags(HTMLParser):
    """The start tags of a piece of HTML, with their offsets."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.lines = Lines(source)
        self.tags: list[tuple[str, str, int]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        line, column = self.getpos()
        self.tags.append((tag, self.get_starttag_text() or "", self.lines.starts[line - 1] + column))


def find_in_html(source: str, base: int) -> list[Found]:
    """The addresses in the attributes of a piece of HTML that begins at `base`."""
    found: list[Found] = []
    for tag, text, start in _Tags(source).tags:
        if tag in _UNSHOWN_TAGS:
            continue
        attributes = {match[1].lower(): match for match in _ATTRIBUTE.finditer(text, len(tag) + 1)}
        alt = _value(attributes["alt"])[0] if "alt" in attributes else ""
        whole = (base + start, base + start + len(text))
        for name, match in attributes.items():
            if name not in _ADDRESSES and name != "srcset":
                continue
            value, value_start = _value(match)
            target = (base + start + value_start, base + start + value_start + len(value))
            link = Link(html.unescape(value).strip(), tag in _PICTURE_TAGS, alt)
            form = "srcset" if name == "srcset" else "picture-tag" if tag == "img" and name == "src" else "attribute"
            name_place = (base + start + match.start(1), base + start + match.end(1))
            found.append(Found(link, form, whole, target, label=name_place, name=name))
    return found


def _value(match: re.Match[str]) -> tuple[str, int]:
    """An attribute's value without its quotes, and where it begins."""
    value = match[3]
    return (value[1:-1], match.start(3) + 1) if value[0] in "\"'" else (value, match.start(3))
