"""Formulas: TeX between dollar signs, shown as MathML, which browsers draw by themselves.

math-core (Rust) writes the MathML. What it writes is written anew here from a list of what may stay: the elements of
MathML Core that only draw, lengths within reason, and classes where it has styles, which our pages don't allow.
"""

import re
import time
from html import escape
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from math_core import LatexError, LatexToMathML

from blog.markdown.tree import Verbatim

LONGEST_FORMULA = 2_000
"""Characters of TeX; a longer one is shown as it was typed."""
MOST_COMMANDS = 300
"""Commands and opening braces of one formula. math-core calls itself for each level, and a full stack would end the
whole process: more than these, all in each other, still fit into the stack of a server's thread (1 MiB and more)."""
MOST_OPEN = 10
"""Opening brackets in one row of a formula, but for those that surely close. math-core (0.9) reads what follows a
bracket that nothing closes twice, what follows two of them four times, and so on: ten take 50 ms, thirty never end."""
TIME_TO_DRAW = 0.25
"""Seconds of processor time for the formulas of one document; those that come after are shown as they were typed."""
MOST_MATHML = 500_000
"""Characters of all formulas of one document; those that come after are shown as they were typed."""
MOST_LINES = 100
"""Of a formula between `$$`."""
LONGEST_LENGTH, LARGEST_SHIFT = 20.0, 2.0
"""Of blanks to the right, and of shifts to the left, up or down, in em: more would lay a formula over other things."""

ELEMENTS: Final = frozenset({
    "math", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot", "mrow",
    "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
})  # fmt: skip
"""MathML Core without what links, acts, holds other languages (`annotation`, `semantics`) or reports errors."""
VALUES: Final[dict[str, dict[str, frozenset[str]]]] = {
    "math": {"display": frozenset({"block"})},
    "mfrac": {"linethickness": frozenset({"0"})},
    "mi": {"mathvariant": frozenset({"normal"})},
    "mo": dict.fromkeys(
        ("fence", "largeop", "movablelimits", "separator", "stretchy", "symmetric"), frozenset({"true", "false"})
    )
    | {"form": frozenset({"prefix", "infix", "postfix"})},
    "mover": {"accent": frozenset({"true", "false"})},
    "mstyle": {"displaystyle": frozenset({"true", "false"}), "scriptlevel": frozenset("0123")},
    "mtable": {"displaystyle": frozenset({"true", "false"}), "scriptlevel": frozenset("0123")},
    "munder": {"accentunder": frozenset({"true", "false"})},
}
"""Attributes with the values that they may have."""
LENGTHS: Final[dict[str, frozenset[str]]] = {
    "mo": frozenset({"lspace", "rspace", "minsize", "maxsize"}),
    "mpadded": frozenset({"width", "height", "depth", "lspace", "voffset"}),
    "mspace": frozenset({"width", "height", "depth"}),
}
"""Attributes that are lengths in em, or 0."""
_UPRIGHT = frozenset({"depth", "height", "voffset"})
NUMBERS: Final[dict[str, frozenset[str]]] = {"mtd": frozenset({"columnspan", "rowspan"})}

_CLASS_OF = {
    "text-align: left": "start",
    "text-align: right": "end",
    "padding-left: 0": "tight-start",
    "padding-right: 0": "tight-end",
    "padding-left:1em": "apart",
    "width: 50%": "rest",
    "width: 100%": "wide",
    "border-left: 0.05em solid currentcolor": "line-start",
    "border-right: 0.05em solid currentcolor": "line-end",
    "border-top: 0.05em solid currentcolor": "line-above",
    "border-bottom: 0.05em solid currentcolor": "line-below",
}
"""What math-core writes into `style`, and the class that says the same."""
_ENCLOSURES = {"box": "boxed", "updiagonalstrike": "struck", "downdiagonalstrike": "struck"}
CLASSES: Final = {
    "mrow": frozenset(_ENCLOSURES.values()),
    "mtable": frozenset(_CLASS_OF.values()),
    "mtd": frozenset(_CLASS_OF.values()),
}

_INLINE = re.compile(r"(\$\$?)(?![\s$])((?:[^$\\]++|\\.)++)\1(?![$\w])", re.DOTALL)
_COMMANDS = re.compile(r"\\[A-Za-z]|\{")
_SYMBOLS = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau upsilon
phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega infty partial nabla ell hbar
cdot cdots ldots dots times pm mp le ge leq geq ne neq lt gt in to cup cap sin cos tan log ln exp quad
"""
_CLOSED = re.compile(
    rf"""(?<!\\)[(\[]
    (?:[A-Za-z0-9\s+*/=,.;:!<>-] | [\^_]\s?[A-Za-z0-9] | \\(?:{"|".join(_SYMBOLS.split())})(?![A-Za-z]))*+
    [)\]]""",
    re.VERBOSE,
)
"""A bracket that surely closes: nothing in it could take the closing one for its argument."""
_OPEN = re.compile(
    r"""
      (?P<begin>\\begin\b) | (?P<end>\\end\b) | (?P<next>&|\\\\)
    | \\left\s*+(?:\\[A-Za-z]++|\\.|.)?
    | (?P<open>
        \\[bB]igg?l\b\s*+(?:\\[A-Za-z]++|\\.|.)? | \\mathopen\b | \\\{ | [(\[⌈⌊⌜⌞⎰❲⟅⟦⟨⟪⟬⟮⦃⦅⦇⦉⦋⦍⦏⦑⦓⦕⦗⧘⧚⧼]
      | \\(?:l(?:Angle|Brace|Vert|ang|angle|brace|brack|ceil|floor|group|langle|lbracket|lcorner|lparenthesis
          |moustache|paren|vert)|ulcorner)(?![A-Za-z])
      )
    | \\(?:[A-Za-z]++|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_TAG = re.compile(r'<(?P<end>/?)(?P<name>[A-Za-z]+)(?P<attributes>(?: [a-z-]+="[^"<>]*+")*+)\s*+(?P<empty>/?)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"<>]*+)"')
_LENGTH = re.compile(r"-?\d{0,4}\.?\d{1,12}(?:em)?")
_NUMBER = re.compile(r"[1-9]\d?")
_NAMED = {"&ApplyFunction;": "\u2061", "&InvisibleTimes;": "\u2062", "&#39;": "'", "&quot;": '"'}
_ENTITY = re.compile("|".join(_NAMED))


class Formulas:
    """Draws the formulas of one document."""

    def __init__(self) -> None:
        self._left = MOST_MATHML
        self._time_left = TIME_TO_DRAW
        self._converter: LatexToMathML | None = None

    def draw(self, tex: str, *, block: bool) -> Verbatim | None:
        """The formula as `<math>`; None where it can't be drawn, and is to be shown as code."""
        if self._left <= 0 or len(tex) > LONGEST_FORMULA or len(_COMMANDS.findall(tex)) > MOST_COMMANDS:
            return None
        if self._time_left <= 0 or may_stay_open(tex) > MOST_OPEN:
            return None
        if self._converter is None:  # it counts the equations of one document
            self._converter = LatexToMathML(fancy_error=False, max_expansions=0)
        start = time.thread_time()
        try:
            written = self._converter.convert_with_global_state(tex, displaystyle=block)
        except LatexError:
            return None
        finally:
            self._time_left -= time.thread_time() - start
        self._left -= len(written)
        return Verbatim(_rewritten(written), tex) if self._left >= 0 else None


def may_stay_open(tex: str) -> int:
    """How many brackets may be open, in the row or cell of a formula where there are most."""
    for _ in range(2):  # brackets in brackets
        tex = _CLOSED.sub(".", tex)
    most, here = 0, 0
    around: list[int] = []
    for mark in _OPEN.finditer(tex):
        match mark.lastgroup:
            case "begin":
                around.append(here)
                here = 0
            case "end" if around:
                most, here = max(most, here), around.pop()
            case "next" if around:
                most, here = max(most, here), 0
            case "open":
                here += 1
    return max(most, here + sum(around))


def formulas_plugin(parser: MarkdownIt) -> None:
    """Read `$…$` in a line, and `$$…$$` there or as a paragraph of its own, as on GitHub.

    Money and shell variables are no formulas: before the first dollar sign and behind the last stands no letter or
    digit, and just within them no blank.
    """
    parser.inline.ruler.before("escape", "formula", _read_inline)
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "formula_block", _read_block, {"alt": interrupted})


def _read_inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- the parser's signature
    start = state.pos
    if state.src[start] != "$" or (start > 0 and (state.src[start - 1].isalnum() or state.src[start - 1] == "$")):
        return False
    found = _INLINE.match(state.src, start, state.posMax)
    if found is None or found[2][-1].isspace():
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup = found[2], found[1]
    state.pos = found.end()
    return True


def _read_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 -- as above
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if not first.startswith("$$") or state.is_code_block(start):
        return False
    lines = [first[2:]]
    line = start
    while not lines[-1].rstrip().endswith("$$"):
        line += 1
        if "$$" in lines[-1] or line >= min(end, start + MOST_LINES) or state.isEmpty(line):
            return False
        if state.sCount[line] < state.blkIndent:
            return False
        lines.append(state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]])
    lines[-1] = lines[-1].rstrip()[:-2]
    tex = "\n".join(lines).strip()
    if not tex or "$$" in lines[-1]:
        return False
    if not silent:
        token = state.push("formula_block", "math", 0)
        token.block, token.content, token.markup = True, tex, "$$"
        token.map = [start, line + 1]
        state.line = line + 1
    return True


def _rewritten(mathml: str) -> str:
    """MathML with what we let through, as the sanitiser would write it."""

    def rewrite(tag: re.Match[str]) -> str:
        name, is_end = tag["name"], bool(tag["end"])
        if name == "menclose":
            if is_end:
                return "</mrow>"
            kind = dict(_ATTRIBUTE.findall(tag["attributes"])).get("notation", "")
            return f'<mrow class="{_ENCLOSURES[kind]}">' if kind in _ENCLOSURES else "<mrow>"
        if name not in ELEMENTS:
            return ""
        if is_end:
            return f"</{name}>"
        return f"<{name}{_kept(name, tag['attributes'])}>" + (f"</{name}>" if tag["empty"] else "")

    return _TAG.sub(rewrite, _ENTITY.sub(lambda entity: _NAMED[entity[0]], mathml))


def _kept(name: str, attributes: str) -> str:
    kept: dict[str, str] = {}
    for attribute, value in _ATTRIBUTE.findall(attributes):
        if attribute == "style":
            styles = (_CLASS_OF.get(style.strip(), "") for style in value.split(";"))
            if classes := [one for one in styles if one in CLASSES.get(name, ())]:
                kept["class"] = " ".join(classes)
        elif (
            value in VALUES.get(name, {}).get(attribute, ())
            or (attribute in LENGTHS.get(name, ()) and _is_modest(attribute, value))
            or (attribute in NUMBERS.get(name, ()) and _NUMBER.fullmatch(value))
        ):
            kept[attribute] = value
    return "".join(f' {attribute}="{escape(value)}"' for attribute, value in kept.items())


def _is_modest(attribute: str, length: str) -> bool:
    most = LARGEST_SHIFT if attribute in _UPRIGHT else LONGEST_LENGTH
    return _LENGTH.fullmatch(length) is not None and -LARGEST_SHIFT <= float(length.removesuffix("em")) <= most
