"""What a name looks like: two names that a reader may take for one another have one skeleton.

The skeleton of UTS 39, Unicode Security Mechanisms, section 4, over Unicode's own table of confusable characters
(`table.txt`), with what matters for names on top: case makes no difference, and no letter does that another one looks
like in some font. It is there to be compared and is never shown.
"""

import unicodedata
from functools import cache, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("table.txt")
_OURS = {"i": "l", "w": "vv"}
"""Unicode takes I, l, 1 and | for one letter, and m for rn. Since case makes no difference, i is that letter too."""
_IGNORED = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""What leaves no ink, beside the categories Cf (zero width, direction) and the variation selectors."""


def skeleton(text: str) -> str:
    """What `text` looks like: equal for two texts that look alike, whatever their characters, width or case."""
    text = _look(unicodedata.normalize("NFKD", text))  # as it is typed: a capital may look like another letter
    text = _look(unicodedata.normalize("NFKD", text.casefold()))
    text = text.casefold().translate(_ours())  # some of the table's prototypes are capitals
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=4096)
def bare_skeleton(text: str) -> str:
    """The skeleton of the letters and digits alone: spaces, punctuation and accents make no difference either."""
    apart = unicodedata.normalize("NFKD", skeleton(text))
    return "".join(character for character in apart if character.isalnum())


def _look(text: str) -> str:
    return "".join(character for character in text if not _is_unseen(character)).translate(_table())


def _is_unseen(character: str) -> bool:
    point = ord(character)
    return (
        character in _IGNORED
        or unicodedata.category(character) == "Cf"
        or 0xFE00 <= point <= 0xFE0F
        or 0xE0100 <= point <= 0xE01EF
        or 0x180B <= point <= 0x180F
    )


@cache
def _table() -> dict[int, str]:
    """The confusable characters, each with what it looks like; read at the first use."""
    table: dict[int, str] = {}
    for line in TABLE.read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            target, _, sources = line.partition(":")
            look = "".join(chr(int(point, 16)) for point in target.split())
            table.update((int(point, 16), look) for point in sources.split())
    return table


@cache
def _ours() -> dict[int, str]:
    return {ord(letter): look for letter, look in _OURS.items()}
