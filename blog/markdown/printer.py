"""A tree, printed: as HTML, written just as the sanitiser writes it, and as plain text."""

from collections.abc import Callable

from blog.markdown.tree import BLOCKS, CELLS, PARTS, VOID, Element, Node, Verbatim

_APART = BLOCKS | PARTS


def print_tree(root: Element, target: Callable[[str], str]) -> tuple[str, str]:
    """The HTML of what is in `root`, and its text; `target` gives the href for the name behind a `#`."""
    html: list[str] = []
    text: list[str] = []
    silent = 0
    waiting: list[Node | tuple[Element]] = list(reversed(root.children))
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            html.append(_escape(node))
            if not silent:
                text.append(node)
        elif isinstance(node, Element):
            html.append(_start_tag(node, target))
            if node.tag in VOID:
                if not silent:
                    text.append(f" {node.attributes['alt']} " if node.tag == "img" else "\n")
                if node.tag == "hr":
                    html.append("\n")
                continue
            silent += node.silent
            if node.tag in _APART and node.tag not in CELLS or node.has_class("note"):
                text.append("\n")
            waiting.append((node,))
            waiting.extend(reversed(node.children))
        elif isinstance(node, Verbatim):
            html.append(node.html)
            if not silent:
                text.append(node.text)
        else:
            (element,) = node
            silent -= element.silent
            html.append(f"</{element.tag}>")
            if element.tag in _APART:
                html.append("\n")
                text.append(" " if element.tag in CELLS else "\n")
            elif element.has_class("note"):
                text.append("\n")
    return "".join(html).strip("\n"), _tidy("".join(text))


def _start_tag(element: Element, target: Callable[[str], str]) -> str:
    parts = [f"<{element.tag}"]
    for name, value in element.attributes.items():
        if name == "href" and value.startswith("#"):
            value = target(value[1:])
        parts.append(f' {name}="{_escape_value(value)}"')
    return "".join(parts) + ">"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")


def _escape_value(text: str) -> str:
    return _escape(text).replace('"', "&quot;")


def _tidy(text: str) -> str:
    """Lines without blanks at their ends, and without empty ones between them."""
    return "\n".join(line for line in (line.rstrip() for line in text.split("\n")) if line)
