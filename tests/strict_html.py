"""The rules that every page of the site keeps, checked on every page that any test fetches."""

import re
from collections import Counter
from functools import lru_cache
from xml.etree.ElementTree import Element

import html5lib

_XHTML = "{http://www.w3.org/1999/xhtml}"
_Errors = list[tuple[tuple[int, int], str, dict[str, str]]]


def parse_page(html: str) -> Element:
    """The tree of a page, to be read only: those who fetch the same page share it."""
    return _parsed(html)[0]


def check_page(html: str, url: str) -> None:
    """Raise AssertionError, naming the page, for the first rule that is broken."""
    tree, errors = _parsed(html)
    assert not errors, f"{url}: not strict HTML: {errors[:3]} near {_near(html, errors[0][0])}"
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    by_tag = {tag: [e for e in elements if e.tag == _XHTML + tag] for tag in ("h1", "title", "img", "form", "input", "script", "label", "html")}  # fmt: skip
    assert len(by_tag["h1"]) == 1, f"{url}: {len(by_tag['h1'])} h1"
    title = "".join(by_tag["title"][0].itertext()).strip()
    assert title, f"{url}: no title"
    assert by_tag["html"][0].get("lang"), f"{url}: no lang"
    heading = _folded(by_tag["h1"][0])
    shared = [
        one.get("content") for one in elements if one.get("property") == "og:title"
    ]  # a post may have another one
    assert title.startswith(heading[:40]) or title in shared, (
        f"{url}: the title {title!r} does not start with the h1 {heading!r}"
    )
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    twice = [name for name, count in ids.items() if count > 1]
    assert not twice, f"{url}: ids that are not unique: {twice}"
    _check_references(elements, set(ids), url)
    for image in by_tag["img"]:
        for name in ("alt", "width", "height"):
            assert image.get(name) is not None, f"{url}: an image without {name}: {image.get('src')}"
    for form in by_tag["form"]:
        assert form.get("action"), f"{url}: a form without an action"
    _check_labels(elements, by_tag["label"], url)
    for script in by_tag["script"]:
        assert script.get("src") or script.get("type") == "application/ld+json", f"{url}: an inline script"
        assert not script.get("src") or script.get("integrity"), f"{url}: a script without its hash: use script()"
    for element in elements:
        for name in element.attrib:
            assert not name.startswith("on"), f"{url}: an inline handler: {name}"
            assert name != "style", f"{url}: an inline style on {element.tag}"
    _check_heading_levels(elements, url)
    assert not re.search(r"\{\{|\{%", re.sub(r"<(pre|code|textarea|script|p)\b.*?</\1>", "", html, flags=re.S)), (
        f"{url}: template syntax"
    )


@lru_cache(maxsize=64)  # parsing is the slowest that tests do, and most of them open the log-in page
def _parsed(html: str) -> tuple[Element, _Errors]:
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
    return parser.parse(html), parser.errors


def _near(html: str, place: tuple[int, int]) -> str:
    lines = html.splitlines() or [""]
    line = lines[min(place[0], len(lines)) - 1]
    return line[max(0, place[1] - 80) : place[1] + 20]


def _check_references(elements: list[Element], ids: set[str], url: str) -> None:
    for element in elements:
        for name in ("aria-describedby", "aria-labelledby", "aria-controls", "for"):
            for target in (element.get(name) or "").split():
                assert target in ids, f"{url}: {name} names {target!r}, which is not on the page"
        href = element.get("href") or ""
        if element.tag == _XHTML + "a" and href.startswith("#") and len(href) > 1:
            assert href[1:] in ids, f"{url}: a link to {href}, which is not on the page"


def _check_labels(elements: list[Element], labels: list[Element], url: str) -> None:
    labelled = {label.get("for") for label in labels} | {
        inner.get("id") for label in labels for inner in label.iter() if inner.get("id")
    }
    inside = {id(inner) for label in labels for inner in label.iter()}
    for element in elements:
        tag = element.tag.removeprefix(_XHTML)
        if element.get("hidden") is not None:
            continue
        if tag in ("textarea", "select") or (
            tag == "input" and element.get("type") not in ("hidden", "submit", "button")
        ):
            named = element.get("id") in labelled or element.get("aria-label") or element.get("aria-labelledby")
            assert named or id(element) in inside, f"{url}: <{tag} name={element.get('name')}> has no label"
        if tag == "button":
            text = "".join(element.itertext()).strip()
            assert text or element.get("aria-label"), f"{url}: a button without a name"


def _check_heading_levels(elements: list[Element], url: str) -> None:
    last = 0
    for element in elements:
        if match := re.fullmatch(r"h([1-6])", element.tag.removeprefix(_XHTML)):
            level = int(match[1])
            assert level <= last + 1 or last == 0, f"{url}: h{last} is followed by h{level}"
            last = level


def _folded(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
