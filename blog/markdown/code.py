"""Code with its language, title and marked lines, coloured by Pygments."""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape

from pygments.lexers import LEXERS, get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from blog.markdown.tree import Verbatim

LARGEST_COLOURED = 20_000
"""Characters of one block. Some lexers are quadratic: at this size none takes a second for one token."""
LONGEST_COLOURED_LINE = 1_000
"""Characters of one line: minified code and data, which nobody reads, and what makes single expressions explode."""
TIME_TO_COLOUR = 0.25
"""Seconds of processor time for one document; what comes after stays plain. Real posts take a tenth."""
LONGEST_LABEL = 60

_LANGUAGES = """
abnf ada agda apacheconf asm awk bash basic batch bibtex bnf c clojure cmake cobol common-lisp console coq cpp
crystal csharp css cuda cypher d dart delphi diff django docker dot ebnf elixir elm emacs-lisp erb erlang fish forth
fortran fsharp gas gdscript gherkin glsl go graphql groovy handlebars haskell haxe hcl hlsl html html+php http idris
ini java javascript jinja json jsonnet jsx julia kotlin latex lean less llvm lua make markdown mathematica meson
mysql nasm nginx nim nix objective-c ocaml octave pascal perl php plpgsql postgres powershell prolog properties
protobuf puppet purescript pycon pytb python qml r racket reg rst ruby rust sass scala scheme scss sed smalltalk
solidity sparql sql sqlite3 starlark stata svelte swift systemd systemverilog tcl terraform thrift toml ts tsx
turtle typescript vala vbnet verilog vhdl vim vue wast wgsl xml xquery xslt yaml yang zig zsh
"""
"""Pygments' names of what is coloured: the languages that people write of, each tried on hostile input."""

PLAIN = frozenset({"", "none", "plain", "plaintext", "text", "txt"})
_UNCOLOURED = frozenset({"", "err", "n", "p", "w"})
"""Token classes that look like the text around them: without them a block is half the size."""

_LANGUAGE = re.compile(r"[^\s,{]+")
_TITLE = re.compile(r"""(?:title|name|file)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s,}]+))""")
_LINES = re.compile(r"""(?:hl_lines\s*=\s*(?:\[([^\[\]]*)\]|"([^"]*)"|'([^']*)'|([\d\s-]+))|\{([\d\s,-]+)\})""")
_RANGE = re.compile(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What stands behind the opening fence: the language as written, a title, the numbers of marked lines."""

    language: str = ""
    title: str = ""
    lines: frozenset[int] = frozenset()


def read_info(info: str) -> CodeInfo:
    """Read an info string as Zola, Hugo, MkDocs and Docusaurus write them: `python title="x.py" {1,3-5}`."""
    info = info.strip()
    language = _LANGUAGE.match(info)
    rest = info[language.end() :] if language and "=" not in language[0] else info
    title = _TITLE.search(rest)
    marked = _LINES.search(rest)
    return CodeInfo(
        language=language[0] if language and "=" not in language[0] else "",
        title=next((group for group in title.groups() if group), "") if title else "",
        lines=_numbers(next((group for group in marked.groups() if group), "")) if marked else frozenset(),
    )


def display_name(language: str) -> str:
    """A language's name as people write it: "Python" for `py`; as it was written where we do not know it."""
    if language.lower() in PLAIN:
        return ""
    known = _lexers().get(language.lower())
    return known[1] if known else language[:LONGEST_LABEL]


class Highlighter:
    """Colours the code of one document, within its time."""

    def __init__(self) -> None:
        self._left = TIME_TO_COLOUR

    def highlight(self, code: str, info: CodeInfo) -> Verbatim:
        """HTML of the code: spans with Pygments' short classes, marked lines in `<span class="hll">`."""
        known = _lexers().get(info.language.lower())
        is_readable = len(code) <= LARGEST_COLOURED and max(map(len, code.split("\n"))) <= LONGEST_COLOURED_LINE
        if known is None or not is_readable or self._left <= 0:
            pieces: Iterable[tuple[str, str]] = [("", code)]
        else:
            pieces = self._coloured(code, known[0])
        if info.lines:
            return Verbatim(_marked(pieces, info.lines), code)
        return Verbatim("".join(_span(kind, text) for kind, text in _joined(pieces)), code)

    def _coloured(self, code: str, lexer_name: str) -> list[tuple[str, str]]:
        """Pieces of code with their classes; the rest in one plain piece when the time is over."""
        lexer = get_lexer_by_name(lexer_name, stripnl=False)
        start = time.thread_time()
        pieces: list[tuple[str, str]] = []
        read = 0
        try:
            for kind, text in lexer.get_tokens(code):
                pieces.append((_class(kind), text))
                read += len(text)
                if time.thread_time() - start > self._left:
                    break
        except (ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError):
            # A lexer of somebody else's that fails on odd input must not keep a post from being saved.
            pieces, read = [], 0
        self._left -= time.thread_time() - start
        coloured = "".join(text for _, text in pieces)
        if coloured == f"{code}\n":  # the line break that every lexer wants at the end
            last, text = pieces.pop()
            return [*pieces, (last, text.removesuffix("\n"))]
        return [*pieces, ("", code[read:])] if coloured == code[:read] else [("", code)]


@cache
def _lexers() -> dict[str, tuple[str, str]]:
    """The name for Pygments and the display name of each language, by every name that it goes by."""
    coloured = set(_LANGUAGES.split())
    found: dict[str, tuple[str, str]] = {}
    for _, display, aliases, _, _ in LEXERS.values():
        if coloured.intersection(aliases):
            for alias in aliases:
                found.setdefault(alias, (aliases[0], display))
    return found


@cache
def _class(kind: _TokenType) -> str:
    """The short class of a token, of its nearest ancestor that has one; none where it has no colour of its own."""
    while (name := STANDARD_TYPES.get(kind)) is None:
        if kind.parent is None:
            return ""
        kind = kind.parent
    return "" if name in _UNCOLOURED else name


COLOURED_CLASSES = frozenset(STANDARD_TYPES.values()) - _UNCOLOURED | {"hll"}
"""Every class that code may carry."""


def _joined(pieces: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Neighbours of one class as one piece."""
    last, texts = "", [""]
    for kind, text in pieces:
        if kind != last:
            yield last, "".join(texts)
            last, texts = kind, []
        texts.append(text)
    yield last, "".join(texts)


def _span(kind: str, text: str) -> str:
    if not text:
        return ""
    text = escape(text, quote=False).replace("\xa0", "&nbsp;")
    return f'<span class="{kind}">{text}</span>' if kind else text


def _marked(pieces: Iterable[tuple[str, str]], lines: frozenset[int]) -> str:
    """The same, line by line, so that whole lines can be marked."""
    rows: list[list[str]] = [[]]
    for kind, text in _joined(pieces):
        for number, part in enumerate(text.split("\n")):
            if number:
                rows.append([])
            rows[-1].append(_span(kind, part))
    last = len(rows)
    whole = ["".join(row) + ("" if number == last else "\n") for number, row in enumerate(rows, 1)]
    return "".join(
        f'<span class="hll">{row}</span>' if number in lines and row else row for number, row in enumerate(whole, 1)
    )


def _numbers(text: str) -> frozenset[int]:
    found: set[int] = set()
    for first, last in _RANGE.findall(text):
        found.update(range(int(first), min(int(last or first), int(first) + 1000) + 1))
    return frozenset(found)
