"""Raw HTML in a text: read strictly, cut to what we let through, and put into the draft.

This is not the sanitiser (nh3 is, and has the last word): it is what makes valid HTML of an author's tags, so that
the sanitiser finds nothing to take away. Only well-formed tags count; any other `<` is text.
"""

import re
from html import unescape

from blog.markdown.addresses import encoded
from blog.markdown.draft import Draft
from blog.markdown.formulas import ELEMENTS as MATHML
from blog.markdown.tree import BLOCKS, CELLS, HEADINGS, INLINE, PARTS, VOID

AUTHOR_CLASSES = {
    "blockquote": frozenset({"center", "pull"}),
    "figure": frozenset({"broad", "center"}),
    "img": frozenset({"broad", "center"}),
    **dict.fromkeys(CELLS | {"p"}, frozenset({"center", "num"})),
    **dict.fromkeys(HEADINGS | {"div"}, frozenset({"center"})),
}
"""Classes that an author may write. The others are ours: with them a text could draw the site's own parts."""

_MARKUP = re.compile(
    r"""<(?:
        !--.*?(?:-->|\Z)
      | \?.*?(?:\?>|\Z)
      | !\[CDATA\[.*?(?:\]\]>|\Z)
      | ![A-Za-z][^>]*+(?:>|\Z)
      | (?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*+)
        (?P<attributes>(?:\s++[^\s"'<>/=`]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+)*+)\s*+/?>
    )""",
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=`]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?+""")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_WITH_CONTENT = frozenset({
    "applet", "canvas", "head", "math", "noembed", "noframes", "object", "plaintext", "script",
    "select", "style", "svg", "template", "textarea", "title", "xmp",
})  # fmt: skip
"""Elements that go with everything in them."""
_EMBEDDED = frozenset({"audio", "embed", "iframe", "video"})
"""Things of other hosts that play in the page; they become links."""
_RENAMED = {
    "acronym": "abbr", "address": "div", "article": "div", "aside": "div", "big": "span", "center": "div", "dir": "ul",
    "font": "span", "footer": "div", "header": "div", "hgroup": "div", "image": "img", "main": "div", "menu": "ul",
    "nav": "div", "nobr": "span", "section": "div", "strike": "s", "tt": "code",
}  # fmt: skip
_IGNORED = frozenset({
    "area", "base", "basefont", "bgsound", "blink", "body", "button", "col", "colgroup", "command", "data",
    "datalist", "dialog", "fieldset", "form", "frame", "frameset", "html", "input", "isindex", "keygen", "label",
    "legend", "link", "listing", "map", "marquee", "meta", "noindex", "noscript", "optgroup", "option", "output",
    "param", "picture", "portal", "rb", "rtc", "search", "slot", "source", "spacer", "track", *MATHML,
})  # fmt: skip
"""Elements whose tags go and whose content stays."""
_ALLOWED = BLOCKS | PARTS | INLINE | VOID

_WHOLE = re.compile(r"0|[1-9][0-9]{0,3}")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_MOMENT = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|1[0-9]|2[0-8])(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?Z?)?)?"
)
_VALID = {
    ("details", "open"): re.compile(r"()|open"),
    ("ol", "reversed"): re.compile(r"()|reversed"),
    ("ol", "start"): _WHOLE,
    ("ol", "type"): re.compile(r"[1aAiI]"),
    ("li", "value"): _WHOLE,
    ("td", "colspan"): re.compile(r"[1-9][0-9]?"),
    ("th", "colspan"): re.compile(r"[1-9][0-9]?"),
    ("th", "scope"): re.compile(r"col|row"),
    ("time", "datetime"): _MOMENT,
    ("img", "width"): _WHOLE,
    ("img", "height"): _WHOLE,
}
_NEEDS = {"bdo": "dir", "time": "datetime"}
"""Elements that mean nothing without an attribute; they become spans."""
_ALIGNED = {"center": "center", "middle": "center", "right": "num"}


class RawHtml:
    """Puts raw HTML into a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._builder = draft.builder

    def write(self, source: str) -> None:
        """Read one piece of raw HTML: a block, or a single tag in a line."""
        position = 0
        while markup := _MARKUP.search(source, position):
            self._text(source[position : markup.start()])
            position = markup.end()
            if markup["name"] is None:
                continue
            name = markup["name"].lower()
            if name in _WITH_CONTENT:
                if not markup["end"]:
                    position = _after(name, source, position)
            elif markup["end"]:
                self._end(name, markup[0])
            else:
                self._start(name, markup["attributes"], markup[0])
        self._text(source[position:])

    def _text(self, source: str) -> None:
        if source:
            self._builder.text(unescape(source) if "&" in source else source)

    def _end(self, name: str, source: str) -> None:
        tag = _RENAMED.get(name, name)
        if tag in _ALLOWED:
            self._builder.end_raw(tag)
        elif _is_unknown(name):
            self._builder.text(source)

    def _start(self, name: str, attributes: str, source: str) -> None:
        tag = _RENAMED.get(name, name)
        if name in _EMBEDDED or tag == "img":
            self._embed(tag, _attributes(attributes))
        elif tag == "a":
            written = _attributes(attributes)
            link = None
            if address := written.get("href", "").strip():
                relation, title = written.get("rel", ""), written.get("title", "")
                link = self._draft.start_link(encoded(address), title, relation=relation, ours=False)
            if link is None:
                link = self._builder.start("a", ours=False)
            if link is not None:
                link.attributes |= self._checked(tag, written)
        elif tag in _ALLOWED:
            written = _attributes(attributes)
            if name == "center":
                written["align"] = "center"
            element = self._builder.start(tag, ours=False)
            if element is not None:
                element.attributes = self._checked(tag, written)
                if tag in _NEEDS and _NEEDS[tag] not in element.attributes:
                    element.tag = "span"
                elif tag == "li" and self._builder.open[-2].tag == "ul":
                    element.attributes.pop("value", None)
        elif _is_unknown(name) and not attributes:
            self._builder.text(source)

    def _embed(self, tag: str, written: dict[str, str]) -> None:
        address = encoded(written.get("src", "").strip())
        if not address:
            return
        if tag == "img":
            checked = self._checked(tag, written)
            self._draft.add_picture(address, written.get("alt", ""), checked, ours=False)
            return
        link = self._draft.start_link(address, ours=False)
        if link is not None:
            self._builder.text(written.get("title", "").strip() or address)
            self._builder.end(link)

    def _checked(self, tag: str, written: dict[str, str]) -> dict[str, str]:
        """What stays of the attributes that an author wrote."""
        kept: dict[str, str] = {}
        name = self._draft.claim_written_id(written.get("id") or (written.get("name", "") if tag == "a" else ""))
        if name is not None:
            kept["id"] = name
        classes = [*written.get("class", "").split(), _ALIGNED.get(written.get("align", "").lower(), "")]
        if classes := [word for word in dict.fromkeys(classes) if word in AUTHOR_CLASSES.get(tag, ())]:
            kept["class"] = " ".join(classes)
        if title := written.get("title", "").strip():
            kept["title"] = title
        if _LANGUAGE.fullmatch(written.get("lang", "")):
            kept["lang"] = written["lang"]
        if written.get("dir", "").lower() in {"ltr", "rtl", "auto"}:
            kept["dir"] = written["dir"].lower()
        for attribute, value in written.items():
            valid = _VALID.get((tag, attribute))
            if valid is not None and valid.fullmatch(value):
                kept[attribute] = value
        if tag in {"progress", "meter"}:
            kept |= _gauge(tag, written)
        return kept


def _after(name: str, source: str, position: int) -> int:
    """Where an element that goes with its content ends; one that does not end goes to the end of the piece."""
    end = re.compile(rf"</{name}\s*+>", re.IGNORECASE).search(source, position)
    return end.end() if end else len(source)


def _is_unknown(name: str) -> bool:
    """Whether it is no element of HTML at all, as the `<T>` of somebody's `Vec<T>`, which is shown as text."""
    return not (name in _IGNORED or name in _WITH_CONTENT or name in _EMBEDDED or "-" in name or ":" in name)


def _attributes(source: str) -> dict[str, str]:
    """Attributes by name; of two of a name the first counts, as in browsers."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(source):
        value = double or single or bare
        found.setdefault(name.lower(), _ENTITY.sub(lambda entity: unescape(entity[0]), value))
    return found


def _gauge(tag: str, written: dict[str, str]) -> dict[str, str]:
    """The figures of a progress bar or meter, where they make sense together."""
    value, most = written.get("value", ""), written.get("max", "1")
    if not (_NUMBER.fullmatch(value) and _NUMBER.fullmatch(most) and 0 < float(most) >= float(value)):
        return {} if tag == "progress" else {"value": "0"}
    return {"value": value, "max": most}
