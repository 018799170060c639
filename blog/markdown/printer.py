"""A tree, printed: as HTML, written just as the sanitiser writes it, and as plain text."""

from collections.abc import Callable

from blog.markdown.tree import BLOCKS, CELLS, PARTS, VOID, Element, Node, Verbatim

_APART = BLOCKS | PARTS


def print_tree(root: Element, target: Callable[[str], str]) -> tuple[str, str]:
    """The HTML of what is in `root`, and its text; `target` gives the href for the name behind a `#`.

    A line of the text is a block, a line of verse or one of code; what pictures are described by is not in it.
    """
    html: list[str] = []
    text: list[str] = []
    silent = preformatted = 0
    waiting: list[Node | tuple[Element]] = list(reversed(root.children))
    while waiting:
        node = waiting.pop()
        said = ""
        if isinstance(node, str):
            html.append(_escape(node))
            said = node if preformatted else node.replace("\n", " ")
        elif isinstance(node, Verbatim):
            html.append(node.html)
            said = node.text
        elif isinstance(node, Element):
            html.append(_start_tag(node, target))
            said = _said_before(node)
            if node.tag not in VOID:
                silent += node.silent
                preformatted += node.tag == "pre"
                waiting.append((node,))
                waiting.extend(reversed(node.children))
        else:
            (element,) = node
            silent -= element.silent
            preformatted -= element.tag == "pre"
            html.append(_end_tag(element))
            said = _said_after(element)
        if said and not silent:
            text.append(said)
    return "".join(html).strip("\n"), _tidy("".join(text))


def _start_tag(element: Element, target: Callable[[str], str]) -> str:
    parts = [f"<{element.tag}"]
    for name, value in element.attributes.items():
        is_local = name == "href" and value.startswith("#")
        parts.append(f' {name}="{_escape_value(target(value[1:]) if is_local else value)}"')
    return "".join(parts) + (">\n" if element.tag == "hr" else ">")


def _end_tag(element: Element) -> str:
    return f"</{element.tag}>\n" if element.tag in _APART else f"</{element.tag}>"


def _said_before(element: Element) -> str:
    if element.tag in VOID:
        return " " if element.tag == "img" else "\n"
    is_apart = (element.tag in _APART and element.tag not in CELLS) or element.has_class("note")
    return "\n" if is_apart else ""


def _said_after(element: Element) -> str:
    if element.tag in CELLS:
        return " "
    return "\n" if element.tag in _APART or element.has_class("note") else ""


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")


def _escape_value(text: str) -> str:
    return _escape(text).replace('"', "&quot;")


def _tidy(text: str) -> str:
    """Lines without blanks at their ends, and without empty ones between them."""
    return "\n".join(line for line in (line.rstrip() for line in text.split("\n")) if line)
