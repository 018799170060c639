"""The documents, read: headings, links, code and tables of Markdown files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
SHELL = frozenset({"", "sh", "console"})


@dataclass
class Table:
    """A table: the names of its columns, and its rows as lists of Markdown."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class Section:
    """What stands under one heading, up to the next."""

    heading: str
    links: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    """Code within the text."""
    blocks: list[str] = field(default_factory=list)
    """Blocks of commands."""
    tables: list[Table] = field(default_factory=list)

    @property
    def code(self) -> list[str]:
        """Every piece of code, a line each."""
        return [*self.spans, *(line for block in self.blocks for line in block.splitlines())]


@dataclass
class Document:
    """A Markdown file."""

    path: Path
    sections: list[Section]

    @property
    def name(self) -> str:
        """Its path within the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def anchors(self) -> set[str]:
        """What may stand behind `#` in a link to it."""
        return {anchor(section.heading) for section in self.sections}

    @property
    def code(self) -> list[str]:
        """Every piece of code, a line each."""
        return [line for section in self.sections for line in section.code]

    def tables(self, first_column: str) -> Iterator[Table]:
        """The tables whose first column has this name."""
        for section in self.sections:
            yield from (table for table in section.tables if table.columns[0] == first_column)


def documents() -> list[Document]:
    """Every document for people."""
    return [read(path) for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))]


@cache
def read(path: Path) -> Document:
    """The document at `path`."""
    sections = [Section("")]
    tokens = iter(MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8")))
    for token in tokens:
        match token.type:
            case "heading_open":
                inline = next(tokens)
                sections.append(Section(inline.content))
                _read_inline(inline, sections[-1])
            case "inline":
                _read_inline(token, sections[-1])
            case "code_block":
                sections[-1].blocks.append(re.sub(r"^\$ ", "", token.content, flags=re.M))
            case "fence" if token.info.strip() in SHELL:
                sections[-1].blocks.append(re.sub(r"^\$ ", "", token.content, flags=re.M))
            case "table_open":
                sections[-1].tables.append(_read_table(tokens, sections[-1]))
    return Document(path, sections)


def spans(markdown: str) -> list[str]:
    """The code within a piece of Markdown."""
    return re.findall(r"`([^`]+)`", markdown)


def anchor(heading: str) -> str:
    """The id that a forge gives a heading."""
    words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w -]", "", words).replace(" ", "-")


def _read_inline(inline: Token, section: Section) -> None:
    for child in inline.children or []:
        if child.type == "code_inline":
            section.spans.append(child.content)
        if target := child.attrs.get("href") or child.attrs.get("src"):
            section.links.append(str(target))


def _read_table(tokens: Iterator[Token], section: Section) -> Table:
    table, row, in_head = Table(), list[str](), True
    for token in tokens:
        match token.type:
            case "thead_close":
                table.columns, in_head = row, False
            case "tr_open":
                row = []
            case "tr_close" if not in_head:
                table.rows.append(row)
            case "inline":
                row.append(token.content)
                _read_inline(token, section)
            case "table_close":
                break
    return table
