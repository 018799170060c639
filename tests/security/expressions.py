"""The regular expressions of the code, found where they are written, and as JavaScript would write them."""

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]

ROOT = Path(__file__).resolve().parents[2]
USES = frozenset({"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
ANCHORED = frozenset({"match", "fullmatch"})
"""What begins at one place only; all others try an expression at every character."""


@dataclass(frozen=True)
class Expression:
    """A regular expression of the code, and how it is used."""

    where: str
    source: str | bytes
    flags: int
    uses: frozenset[str]

    @property
    def name(self) -> str:
        """The file and the expression, which stay when lines move."""
        return f"{self.where.partition(':')[0]} {self.text}"

    @property
    def text(self) -> str:
        """The expression; a byte is the character of its number."""
        return self.source if isinstance(self.source, str) else self.source.decode("latin-1")

    @property
    def is_possessive(self) -> bool:
        """Whether a part never gives back what it took, which JavaScript cannot say."""
        return re.search(r"[*+?}]\+|\(\?>", self.text) is not None

    def in_javascript(self) -> tuple[str, str]:
        """The same in JavaScript and its flags; what is possessive is greedy there, so never easier on the checker."""
        tree = _parser.parse(self.text, self.flags & ~re.UNICODE)
        written = _Writer().sequence(tree)
        if self.uses <= ANCHORED:
            written = f"^(?:{written})" + ("$" if self.uses == {"fullmatch"} else "")
        flags = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
        return written, "u" + "".join(name for name, flag in flags.items() if tree.state.flags & flag)

    def try_on(self, text: str) -> None:
        """Do to a text what the code does with the expression."""
        compiled = re.compile(self.source, self.flags)
        subject = text if isinstance(self.source, str) else text.encode("latin-1", "replace")
        if "fullmatch" in self.uses:
            compiled.fullmatch(subject)
        if "match" in self.uses:
            compiled.match(subject)
        if not self.uses <= ANCHORED:
            for _ in compiled.finditer(subject):
                pass


def expressions() -> list[Expression]:
    """Every expression of the code, each once a place."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in (*(ROOT / "blog").rglob("*.py"), ROOT / "config.py")
    }
    used = _uses(trees.values())
    return [found for path, tree in sorted(trees.items()) for found in _in_module(path, tree, used)]


def _in_module(path: Path, tree: ast.Module, used: dict[str, set[str]]) -> Iterator[Expression]:
    names = {id(node.value): target for node in ast.walk(tree) for target in _targets(node)}
    for node in ast.walk(tree):
        if function := _function(node):
            values = _values(path)
            written = [word.value for word in node.keywords if word.arg == "flags"]
            flags = (
                node.args[1:]
                if function == "compile"
                else node.args[2:]
                if function in ("match", "fullmatch", "search")
                else []
            )
            uses = {function} if function != "compile" else used.get(names.get(id(node), ""), {"search"})
            worth = sum(int(_value(flag, values)) for flag in (written or flags)[:1])
            for source in _sources(node.args[0], values):
                yield Expression(f"{path.relative_to(ROOT)}:{node.lineno}", source, worth, frozenset(uses))


def _function(node: ast.AST) -> str | None:
    """Which function of `re` this calls with an expression."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
    ):
        return node.func.attr if node.func.attr in USES else None
    return None


def _uses(trees: Iterator[ast.Module]) -> dict[str, set[str]]:
    """What is done with the expressions that have a name. One that is also handed on may be searched with."""
    uses: dict[str, set[str]] = defaultdict(set)
    for tree in trees:
        called = {}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name | ast.Attribute)
                and node.attr in USES
            ):
                called[id(node.value)] = node.attr
        for node in ast.walk(tree):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name and isinstance(node.ctx, ast.Load):
                uses[name].add(called.get(id(node), "search"))
    return uses


def _targets(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return [node.targets[0].id]
    return []


def _values(path: Path) -> dict[str, object]:
    return vars(
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    )


def _sources(node: ast.expr, values: dict[str, object]) -> Iterator[str | bytes]:
    """What an expression may be written as; a word stands where a function puts in what it is given."""
    if isinstance(node, ast.IfExp):
        yield from (source for branch in (node.body, node.orelse) for source in _sources(branch, values))
    elif isinstance(node, ast.JoinedStr) and not _names(node) <= values.keys() | {"re", "len"}:
        parts = (
            part.value if isinstance(part, ast.Constant) else "3" if "len" in _names(part) else "x"
            for part in node.values
        )
        yield "".join(parts)
    else:
        yield _value(node, values)


def _names(node: ast.expr) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def _value(node: ast.expr, values: dict[str, object]) -> str | bytes:
    """What a part of the code is worth in its module."""
    return eval(compile(ast.Expression(node), "an expression", "eval"), dict(values))


class _Writer:
    """A parsed expression in the notation of JavaScript."""

    CATEGORIES = {
        _constants.CATEGORY_DIGIT: r"\d", _constants.CATEGORY_NOT_DIGIT: r"\D", _constants.CATEGORY_SPACE: r"\s",
        _constants.CATEGORY_NOT_SPACE: r"\S", _constants.CATEGORY_WORD: r"\w", _constants.CATEGORY_NOT_WORD: r"\W",
    }  # fmt: skip
    PLACES = {
        _constants.AT_BEGINNING: "^", _constants.AT_END: "$", _constants.AT_BOUNDARY: r"\b",
        _constants.AT_NON_BOUNDARY: r"\B", _constants.AT_BEGINNING_STRING: "(?<![^])", _constants.AT_END_STRING: "(?![^])",
    }  # fmt: skip

    METHODS = {_constants.IN: "in_", _constants.ASSERT: "assert_"}

    def sequence(self, tree) -> str:
        """The parts after each other."""
        return "".join(
            getattr(self, self.METHODS.get(operation, str(operation).lower()))(value) for operation, value in tree
        )

    def literal(self, code: int) -> str:
        return f"\\u{{{code:x}}}" if not chr(code).isalnum() or code > 126 else chr(code)

    def not_literal(self, code: int) -> str:
        return f"[^{self.literal(code)}]"

    def any(self, _: None) -> str:
        return "."

    def category(self, category) -> str:
        return self.CATEGORIES[category]

    def range(self, ends: tuple[int, int]) -> str:
        return "-".join(self.literal(end) for end in ends)

    def negate(self, _: None) -> str:
        return "^"

    def in_(self, members) -> str:
        return f"[{self.sequence(members)}]"

    def at(self, place) -> str:
        return self.PLACES[place]

    def branch(self, value) -> str:
        return f"(?:{'|'.join(self.sequence(one) for one in value[1])})"

    def subpattern(self, value) -> str:
        group, _, _, inner = value
        return f"({'?:' if group is None else ''}{self.sequence(inner)})"

    def atomic_group(self, inner) -> str:
        return f"(?:{self.sequence(inner)})"

    def max_repeat(self, value) -> str:
        least, most, inner = value
        return f"(?:{self.sequence(inner)}){{{least},{'' if most is _constants.MAXREPEAT else most}}}"

    def min_repeat(self, value) -> str:
        return self.max_repeat(value) + "?"

    possessive_repeat = max_repeat

    def groupref(self, number: int) -> str:
        return f"\\{number}(?:)"

    def assert_(self, value) -> str:
        return f"(?{'=' if value[0] > 0 else '<='}{self.sequence(value[1])})"

    def assert_not(self, value) -> str:
        return f"(?{'!' if value[0] > 0 else '<!'}{self.sequence(value[1])})"
