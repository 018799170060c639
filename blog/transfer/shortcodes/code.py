"""Code in a text: what must be left alone there, and what Liquid and Hugo write for it."""

import re
from bisect import bisect_right

from blog.transfer.scanning import code_ranges
from blog.transfer.texts import pairs

HELD = "\ufdd0"
"""A noncharacter: stands for { where Liquid must not see it."""
_RAW = re.compile(r"\{%-?\s*+(?:(?P<name>raw|verbatim)|end(?P<ended>raw|verbatim))\s*+-?%\}")
_OPENS_CODE = re.compile(
    r"^(?P<before>[^\n`]*?)(?:"
    r"\{%-?\s*+(?P<name>highlight|codeblock|code)\b(?P<liquid>(?:[^\n{]|\{(?![{%]))*?)-?%\}"
    r"|\{\{(?P<mark>[<%])\s*+(?P<hugo>highlight|code|codeblock)\b(?P<rest>(?:[^\n{]|\{(?![{%]))*?)[>%]\}\})"
)


def without_raw_marks(text: str, *, in_code: bool) -> str:
    """What stands between `raw` and `endraw` as it is, hidden from the translation that follows.

    Liquid reads a text before Markdown does, so it takes its marks out of code too.
    """
    blocks = pairs(_RAW, text)
    ranges = [] if in_code or not blocks else code_ranges(text)
    pieces: list[str] = []
    at = 0
    for begin, end in blocks:
        if not is_inside(begin.start(), ranges):
            pieces += [text[at : begin.start()], text[begin.end() : end.start()].replace("{", HELD)]
            at = end.end()
    return "".join([*pieces, text[at:]])


def code_as_fences(text: str) -> str:
    """`{% highlight ruby %}` and its like as fenced code."""
    lines = text.split("\n")
    out: list[str] = []
    fence = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if fence:
            out.append(line)
            if re.fullmatch(rf"[ >]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*", line):
                fence = ""
        elif opened := re.match(r"(?:[ >]|[*+-] )*(`{3,}+|~{3,}+)(?!.*`)", line):
            fence = opened[1]
            out.append(line)
        elif block := _block(line, lines, number):
            fenced, after, number = block
            out += fenced
            if after.strip():
                lines.insert(number, after)
        else:
            out.append(line)
    return "\n".join(out)


def _block(line: str, lines: list[str], number: int) -> tuple[list[str], str, int] | None:
    """The code that `line` opens, as a fenced block; what follows its end on that line; the number of the next line."""
    begin = _OPENS_CODE.match(line)
    if begin is None:
        return None
    name = begin["name"] or begin["hugo"]
    close = re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}" if begin["name"] else rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}")
    inner, after, number = _until(lines, number, line[begin.end() :], close)
    if inner is None:
        return None
    return _fenced(begin["before"], begin["liquid"] or begin["rest"] or "", inner), after, number


def _until(lines: list[str], number: int, rest: str, close: re.Pattern[str]) -> tuple[list[str] | None, str, int]:
    """The lines up to what closes, what follows it on its line, and the number of the next line."""
    inner: list[str] = []
    line, at = rest, number
    while True:
        if end := close.search(line):
            inner.append(line[: end.start()])
            return inner, line[end.end() :], at
        inner.append(line)
        if at >= len(lines):
            return None, "", number
        line = lines[at]
        at += 1


def _fenced(before: str, arguments: str, inner: list[str]) -> list[str]:
    """`inner` as a fenced block, indented as its opening was."""
    while inner and not inner[0].strip():
        inner = inner[1:]
    while inner and not inner[-1].strip():
        inner = inner[:-1]
    indent = re.match(r"[ \t]*", before)
    margin = indent[0] if indent else ""
    language = re.match(r"\s*(?:lang:)?\"?([\w+#.-]*)", arguments)
    longest = max((len(run) for line in inner for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    opening = f"{margin}{fence}{language[1] if language else ''}"
    body = [line if line.startswith(margin) or not line.strip() else margin + line for line in inner]
    first = [before.rstrip(), ""] if before.strip() else []
    return [*first, opening, *(line.replace("{", HELD) for line in body), margin + fence]


def outside_code(text: str, pattern: re.Pattern[str], new: str) -> str:
    """`text` with every match replaced, but for those that begin in code."""
    ranges = code_ranges(text) if pattern.search(text) else []
    return pattern.sub(lambda match: match[0] if is_inside(match.start(), ranges) else new, text)


def is_inside(offset: int, ranges: list[tuple[int, int]]) -> bool:
    """Whether a place lies in one of `ranges`, which are in order."""
    place = bisect_right(ranges, offset, key=lambda span: span[0]) - 1
    return place >= 0 and offset < ranges[place][1]
