"""A file's text, and what is changed in it before it is read as Markdown."""

import html
import re
from pathlib import Path

from blog.transfer.places import Heading
from blog.transfer.scanning import headings

MAX_FILE_BYTES = 4 * 1024 * 1024


class Skipped(Exception):
    """The file becomes no post; the text says why."""


def read_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a file with LF line ends, and notes on how it was read. Raises `Skipped` and `OSError`."""
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise Skipped(f"it is larger than {MAX_FILE_BYTES // 2**20} MB")
    notes: tuple[str, ...] = ()
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = content.decode("utf-16")
        else:
            text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in content:
            raise Skipped("it is not a text") from None
        text = _western(content)
        notes = ("it is not UTF-8: read as Western European (Windows-1252)",)
    if "\0" in text:
        raise Skipped("it is not a text")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]", "", text), notes


def _western(content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


_AS_IT_STANDS = re.compile(r"<(?P<name>pre|textarea)\b|</(?P<ended>pre|textarea)>", re.IGNORECASE)


def html_as_markdown(body: str) -> str:
    """HTML as one block of raw HTML: without the empty lines and indentation that mean something in Markdown."""
    lines: list[str] = []
    at = 0
    for begin, end in pairs(_AS_IT_STANDS, body):
        lines += _lines_of(body[at : begin.start()])
        lines.append(re.sub(r"\n[ \t]*(?=\n)", "&#10;", body[begin.start() : end.end()]))
        at = end.end()
    lines += _lines_of(body[at:])
    return "<div>\n" + "\n".join(lines) + "\n</div>\n" if lines else ""


def _lines_of(html: str) -> list[str]:
    return [line.strip() for line in html.split("\n") if line.strip()]


_HEADING_NAME = re.compile(
    r"(?:(?<![ \t])[ \t]++)?\{:?\s*+(?:\.[\w-]++\s++)*#([\w:.-]{1,80}+)[^{}\n]*+\}[ \t]*+#*+[ \t]*+$"
)


def with_plain_heading_names(text: str) -> str:
    """`## Title {: #name .wide}` and its like as `## Title {#name}`, which is how we read names of headings."""
    if not re.search(r"^[^\n]*\{[^{}\n#]*#[^{}\n]*\}[ \t#]*$", text, re.MULTILINE):
        return text
    lines = text.split("\n")
    for heading in headings(text):
        line = lines[heading.first_line]
        if name := _HEADING_NAME.search(line):
            lines[heading.first_line] = f"{line[: name.start()]} {{#{name[1]}}}"
    return "\n".join(lines)


def without_lines(text: str, heading: Heading) -> str:
    """`text` without the lines of a heading."""
    lines = text.split("\n")
    return "\n".join([*lines[: heading.first_line], *lines[heading.end_line :]]).lstrip("\n")


def plain(markdown: str) -> str:
    """A heading's words without the marks of Markdown."""
    text = _HEADING_NAME.sub("", markdown)
    text = re.sub(r"!?\[([^\[\]]*+)\]\([^\[)]*+\)", r"\1", text)
    text = re.sub(r"<[^<>]{0,300}>", "", text)
    text = re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)|~~", "", text)
    return one_line(re.sub(r"\\(?=[^\w\s])", "", text))


def is_same(heading: str, title: str) -> bool:
    """True if a heading says what the title says, marks and punctuation apart."""

    def letters(text: str) -> str:
        return re.sub(r"[\W_]+", "", plain(text)).casefold()

    return letters(heading) == letters(title) != ""


def pairs(marks: re.Pattern[str], text: str) -> list[tuple[re.Match[str], re.Match[str]]]:
    """What opens a block in `text` and the first that ends it; `marks` has the groups `name` and `ended`.

    A mark that nothing ends is passed over. Linear, as one expression with a reference back could not be.
    """
    found = list(marks.finditer(text))
    ended = {mark["ended"].lower(): mark.start() for mark in found if mark["ended"]}
    blocks: list[tuple[re.Match[str], re.Match[str]]] = []
    begin: re.Match[str] | None = None
    for mark in found:
        if begin is None:
            if mark["name"] and ended.get(mark["name"].lower(), -1) > mark.start():
                begin = mark
        elif mark["ended"] and mark["ended"].lower() == begin["name"].lower():
            blocks.append((begin, mark))
            begin = None
    return blocks


def one_line(text: str) -> str:
    """A value of front matter as plain text without line breaks."""
    return " ".join(html.unescape(text).split())
