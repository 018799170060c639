"""What must hold of every rendered text, whatever was written: looked for in the tree that a browser would make of it."""

import re
from collections import Counter
from xml.etree.ElementTree import Element

import html5lib

from blog.markdown import ID_PREFIX, Document, render_comment, render_post
from blog.markdown.draft import Kind
from blog.markdown.sanitiser import sanitise

ACTIVE = frozenset(
    {
        "applet",
        "audio",
        "base",
        "button",
        "embed",
        "form",
        "frame",
        "frameset",
        "iframe",
        "input",
        "link",
        "meta",
    }
    | {"noscript", "object", "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp"}
)
MATHML = "{http://www.w3.org/1998/Math/MathML}"
_DRAWS = """
math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt mstyle msub msubsup msup
mtable mtd mtext mtr munder munderover
"""
_DRAWN = """
accent accentunder class columnspan depth display displaystyle fence form height largeop linethickness lspace
mathvariant maxsize minsize movablelimits rowspan rspace scriptlevel separator stretchy symmetric voffset width
aria-label dir id lang title
"""
DRAWS, DRAWN = frozenset(_DRAWS.split()), frozenset(_DRAWN.split())
"""What MathML may stand in a post: nothing that links, acts, or lets HTML in again (`annotation-xml`, `mglyph`)."""
ADDRESSES = frozenset(
    {"action", "background", "cite", "data", "formaction", "href", "poster", "src", "srcset", "xlink:href"}
)


def check_everything(source: str) -> None:
    """Render a text as a post and as a comment, and raise AssertionError for the first promise that is broken."""
    for document, kind in ((render_post(source), Kind.POST), (render_comment(source), Kind.COMMENT)):
        check_document(document, source, kind)


def check_document(document: Document, source: str, kind: Kind) -> None:
    """See that a document is safe, valid and within its sizes."""
    check_safe(document.html)
    check_valid(document.html)
    assert sanitise(document.html, kind) == document.html
    assert len(document.text) <= len(source)
    assert len(document.excerpt) <= 220
    assert "\n" not in document.excerpt
    document.html.encode()
    document.text.encode()


def check_safe(html: str) -> None:
    """See that nothing in it can run, draw over the page, or ask another host."""
    for element in tree(html).iter():
        check_element(element, html)


def check_element(element: Element, where: str) -> None:
    """See that an element of a rendered text is one that may be there, with the attributes that it may have."""
    assert isinstance(element.tag, str), f"a comment: {where!r}"
    if element.tag.startswith("{"):
        assert element.tag.removeprefix(MATHML) in DRAWS, f"{element.tag}: {where!r}"
        assert element.attrib.keys() <= DRAWN, f"{element.attrib}: {where!r}"
    name = element.tag.rpartition("}")[2]  # SVG and MathML stand in namespaces of their own
    assert name not in ACTIVE, f"<{name}>: {where!r}"
    for name, value in element.attrib.items():
        assert not name.startswith("on"), f"{name}: {where!r}"
        assert name not in {"style", "srcdoc", "target", "ping", "name", "contenteditable"}, f"{name}: {where!r}"
        if name in ADDRESSES:
            assert _scheme(value) in {"", "http", "https", "mailto"}, f"{name}={value!r}"
        if name == "src":
            assert _scheme(value) == "", f"a picture elsewhere: {value!r}"
            assert not value.replace("\\", "/").startswith("//"), f"a picture elsewhere: {value!r}"
        if name == "id":
            assert value.startswith(ID_PREFIX), value


def check_valid(html: str) -> None:
    """See that it parses without an error, that ids are unique, and that headings skip no level."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    page = parser.parse(f"<!doctype html><html><head><title>t</title></head><body><h1>t</h1>{html}</body></html>")
    assert not parser.errors, f"{parser.errors[:2]}: {html!r}"
    ids = Counter(element.get("id") for element in page.iter() if element.get("id"))
    assert all(count == 1 for count in ids.values()), ids
    for formula in page.iter(f"{MATHML}math"):
        assert all(str(part.tag).startswith(MATHML) for part in formula.iter()), f"HTML in a formula: {html!r}"
    level = 1
    for element in page.iter():
        if isinstance(element.tag, str) and re.fullmatch(r"h[1-6]", element.tag):
            assert int(element.tag[1]) <= level + 1, f"h{level} then {element.tag}: {html!r}"
            assert "".join(element.itertext()).strip() or element.find(".//img") is not None, f"empty heading: {html!r}"
            level = int(element.tag[1])
        assert element.find(".//a") is None or element.tag != "a", f"a link in a link: {html!r}"


def tree(html: str) -> Element:
    """What a browser makes of a fragment."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    fragment: Element = parser.parseFragment(html, container="div")
    return fragment


def _scheme(address: str) -> str:
    """The scheme as a browser finds it: without control characters and blanks in it or before it."""
    cleaned = re.sub(r"[\t\n\r]", "", address).strip("".join(map(chr, range(33))))
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", cleaned)
    return found[1].lower() if found else ""
