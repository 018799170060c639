"""Rules of the code itself."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "blog"
LONGEST_VIEW = 25
MEDIAN_VIEW = 8


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def views() -> Iterator[tuple[str, int, ast.FunctionDef]]:
    """Every function that answers a route: its name, and its lines without the docstring and blank lines."""
    for path, tree in modules():
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(_is_route(decorator) for decorator in node.decorator_list):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                counted = [line for line in lines[body[0].lineno - 1 : node.end_lineno] if line.strip()]
                yield f"{path.relative_to(ROOT)}:{node.name}", len(counted), node


def _is_route(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in ("get", "post", "route")
    )


def test_views_are_short():
    lengths = {name: length for name, length, _ in views()}

    too_long = {name: length for name, length in lengths.items() if length > LONGEST_VIEW}

    assert len(lengths) > 40
    assert not too_long
    assert statistics.median(lengths.values()) <= MEDIAN_VIEW, statistics.median(lengths.values())


def test_views_hold_no_queries():
    forbidden = {"select", "session", "execute", "scalars", "scalar", "commit"}

    found = {
        (name, node.attr if isinstance(node, ast.Attribute) else node.id)
        for name, _, view in views()
        for node in ast.walk(view)
        if (isinstance(node, ast.Attribute) and node.attr in forbidden)
        or (isinstance(node, ast.Name) and node.id == "select")
    }

    assert not {(name, what) for name, what in found if not name.endswith("show_health")}


def test_only_the_database_package_commits():
    commits = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and path.parent != PACKAGE / "db"
    ]

    assert not commits


def test_only_one_filter_trusts_html():
    trusting = [
        f"{path.relative_to(ROOT)}"
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape false", path.read_text(encoding="utf-8"))
    ]

    assert not trusting


def test_nobody_imports_inside_a_function():
    inside = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(node)
        if isinstance(inner, (ast.Import, ast.ImportFrom))
    ]

    assert not inside


def test_the_clock_is_asked_outside_of_models_and_queries():
    asking = [
        f"{path.relative_to(ROOT)}"
        for path, tree in modules()
        if {path.stem, path.parent.name} & {"models", "queries", "policies", "operations"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
        and isinstance(node.value, ast.Name) and node.value.id in ("clock", "datetime", "date")
    ]  # fmt: skip

    assert not asking


def test_every_template_string_is_marked_for_translation():
    """Words between tags that are not in `_()`: a rough net, with room for what is not language."""
    loose = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\{% block form %\}.*?\{% endblock %\}", "", text)  # attributes of a form
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<script.*?</script>|<svg.*?</svg>|<!--.*?-->", "", text, flags=re.S
        )
        text = re.sub(r"<[^>]*>", "\n", text, flags=re.S)
        loose += [
            f"{path.relative_to(ROOT)}: {line.strip()}"
            for line in text.splitlines()
            if re.search(r"[A-Za-z]{3,}", line)
        ]

    assert not loose
