"""Where things stand in a text: links, headings, and the lines that they are in."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a text."""

    address: str
    """As a browser would read it: escapes and entities of the text undone."""
    is_picture: bool = False
    label: str = ""
    """The link's text or the picture's description, as it stands in the source."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and the lines that it takes, the last not included."""

    level: int
    text: str
    first_line: int
    end_line: int
    is_first_block: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A link with the places of its parts, as offsets in the text being scanned."""

    link: Link
    form: str  # inline, use, definition, bare, attribute, srcset
    whole: tuple[int, int]
    target: tuple[int, int]
    label: tuple[int, int] = (0, 0)
    name: str = ""
    """Of an attribute: its name; of a use or a definition: the reference's label."""


class Lines:
    """The lines of a text, and where the content of a block stands among them.

    A block's content has lost what marks it as one (indentation, `>`, list markers, `|` of tables); each of its lines
    is the end of a line of the text, but for headings and the cells of tables, which are looked for.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.cells: dict[int, int] = {}

    def range(self, first: int, end: int) -> tuple[int, int]:
        """The offsets of whole lines."""
        return self.starts[first], min(self.starts[end], self.starts[-1] - 1)

    def places(self, content: str, first_line: int, *, is_cell: bool = False) -> Callable[[int], int]:
        """From an offset in a block's content to its offset in the text."""
        pieces = content.split("\n")
        begins = [0]
        for piece in pieces:
            begins.append(begins[-1] + len(piece) + 1)
        columns = [self._column(piece, first_line + number, is_cell=is_cell) for number, piece in enumerate(pieces)]

        def place(offset: int) -> int:
            number = min(bisect_right(begins, offset) - 1, len(pieces) - 1)
            line = min(first_line + number, len(self.lines) - 1)
            within = offset - begins[number]
            column, pipes = columns[number]
            escaped = pieces[number][:within].count("|") if pipes else 0
            return self.starts[line] + column + within + escaped

        return place

    def _column(self, piece: str, number: int, *, is_cell: bool) -> tuple[int, bool]:
        """Where `piece` begins in its line, and whether the pipes in it are escaped there."""
        if number >= len(self.lines):
            return 0, False
        line, inner = self.lines[number], piece.strip()
        indent = len(piece) - len(piece.lstrip())
        if not is_cell:
            end = len(line.rstrip())
            column = end - len(inner) if line[:end].endswith(inner) else max(line.rfind(inner), 0)
            return column - indent, False
        after = self.cells.get(number, 0)
        for text, pipes in ((inner, False), (inner.replace("|", "\\|"), True)):
            if (column := line.find(text, after)) >= 0:
                self.cells[number] = column + len(text)
                return column - indent, pipes
        return 0, False
