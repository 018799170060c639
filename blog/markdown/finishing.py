"""What an element must be when it ends: tables even, figures with one caption, lists of definitions that are such."""

from collections.abc import Iterator

from blog.markdown.tree import SECTIONS, Element, Node, plain_text

MOST_ADDED_CELLS = 10_000
"""Empty cells that make the rows of a raw table even; with more to add they stay as they are."""


def put_in_order(table: Element) -> str | None:
    """Order a table's parts and give its header cells their scope; its caption's text, None where it has no rows."""
    captions = [part for part in _parts(table) if part.tag == "caption" and plain_text(part)]
    groups = [part for part in _parts(table) if part.tag in SECTIONS]
    for group in groups:
        group.children = [row for row in _parts(group) if _parts(row)]
    groups = [group for group in groups if group.children]
    if not groups:
        return None

    heads = [group for group in groups if group.tag == "thead"][:1]
    feet = [group for group in groups if group.tag == "tfoot"][:1]
    bodies = [group for group in groups if group not in heads and group not in feet]
    for body in bodies:
        body.tag = "tbody"
    table.children = [*captions[:1], *heads, *bodies, *feet]
    rows = [(row, group in heads) for group in [*heads, *bodies, *feet] for row in _parts(group)]
    for row, is_head in rows:
        for cell in _parts(row):
            _scope(cell, "col" if is_head else "row")
    _even([row for row, _ in rows])
    return plain_text(captions[0]) if captions else ""


def give_summary(details: Element, label: str) -> None:
    """See that a `<details>` begins with something to click on: its own summary, or else one that says `label`."""
    summaries = [child for child in _parts(details) if child.tag == "summary"]
    for summary in summaries[1:]:
        summary.tag = "div"
    if summaries:
        details.children.remove(summaries[0])
    if not summaries or is_blank(summaries[0]):
        summaries = [Element("summary")]
        summaries[0].silent = True
        summaries[0].children.append(label)
    details.children.insert(0, summaries[0])


def finish_definitions(element: Element, parent: Element) -> None:
    """A list that does not go term, definition, ... is none."""
    parts = _parts(element)
    element.children = list(parts)
    if parts and parts[0].tag == "dt" and parts[-1].tag == "dd":
        return
    for part in parts:
        part.tag = "p" if part.tag == "dt" else "div"
    unwrap(element, parent)


def finish_figure(element: Element, parent: Element) -> None:
    """A caption stands first or last, and there is one."""
    if is_blank(element):
        parent.children.pop()
        return
    captions = [child for child in _parts(element) if child.tag == "figcaption"]
    for caption in captions[1:]:
        caption.tag = "div"
    if captions and element.children[0] is not captions[0]:
        element.children.remove(captions[0])
        element.children.append(captions[0])


def finish_ruby(element: Element, parent: Element) -> None:
    """Without a reading it is plain text."""
    if not any(child.tag == "rt" for child in _parts(element)):
        element.tag = "span"
        element.children = [child for child in element.children if not isinstance(child, Element) or child.tag != "rp"]


def drop_empty(element: Element, parent: Element) -> None:
    """Take away a paragraph or list with nothing in it."""
    if all(isinstance(child, str) and child.isspace() for child in element.children):
        parent.children.pop()


def drop_hollow(element: Element, parent: Element) -> None:
    """Take away a raw inline element that neither holds nor marks anything."""
    if not (element.ours or element.children or element.attributes):
        parent.children.pop()


def unwrap(element: Element, parent: Element) -> None:
    """Put what an element holds in its place."""
    parent.children[-1:] = element.children


def wrap(element: Element, parent: Element, box: Element) -> None:
    """Put an element into a box in its place."""
    box.children.append(element)
    parent.children[-1] = box


def nodes(element: Element) -> Iterator[Node]:
    """Everything in an element, in order."""
    waiting = list(reversed(element.children))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Element):
            waiting.extend(reversed(node.children))


def elements(element: Element) -> Iterator[Element]:
    """Every element in an element, in order."""
    return (node for node in nodes(element) if isinstance(node, Element))


def is_blank(element: Element) -> bool:
    """Whether there is neither text nor a picture in it."""
    return not any(says_something(node) or (isinstance(node, Element) and node.tag == "img") for node in nodes(element))


def says_something(node: Node) -> bool:
    """Whether a screen reader has something to read: a text, or a picture's description."""
    if isinstance(node, Element):
        return bool(node.attributes.get("alt", "").strip())
    return bool((node if isinstance(node, str) else node.text).strip())


def _scope(cell: Element, scope: str) -> None:
    """A header cell says what it heads; an empty one is no header."""
    if cell.tag == "th" and is_blank(cell):
        cell.tag = "td"
        cell.attributes.pop("scope", None)
    elif cell.tag == "th":
        cell.attributes = {"scope": scope} | cell.attributes


def _even(rows: list[Element]) -> None:
    """Make every row as wide as the table, which is as wide as the last column that a cell begins in."""
    spans = [[int(cell.attributes.get("colspan", "1")) for cell in _parts(row)] for row in rows]
    width = max(sum(row[:-1]) + 1 for row in spans)
    if sum(max(0, width - sum(row)) for row in spans) > MOST_ADDED_CELLS:
        return
    for row, cells in zip(rows, spans, strict=True):
        taken = sum(cells)
        if taken > width:
            _parts(row)[-1].attributes["colspan"] = str(cells[-1] - (taken - width))
        row.children.extend(Element("td") for _ in range(width - taken))


def _parts(element: Element) -> list[Element]:
    return [child for child in element.children if isinstance(child, Element)]
