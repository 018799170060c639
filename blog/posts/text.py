"""Slugs and tags as they are typed and kept."""

import re
import unicodedata
from urllib.parse import urlsplit

from blog.posts.models import SLUG_LENGTH, TAG_LENGTH

UNTITLED = "untitled"
_ASCII_ANYWAY = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})


def slugify(text: str, *, default: str = UNTITLED) -> str:
    """The part of an address made of `text`: lower case, words joined by `-`, Latin letters without accents.

    Letters of other scripts stay as they are. At most `SLUG_LENGTH` characters, cut between words where it can be.
    """
    text = re.sub(r"['’]", "", text.casefold().translate(_ASCII_ANYWAY))
    letters: list[str] = []
    for letter in unicodedata.normalize("NFKD", text):
        if not (unicodedata.combining(letter) and letters and letters[-1].isascii()):
            letters.append(letter)
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", "".join(letters))).strip("-")
    if len(words) > SLUG_LENGTH:
        cut = words[: SLUG_LENGTH + 1]
        words = cut.rpartition("-")[0] if "-" in cut[20:] else cut[:SLUG_LENGTH]
    return words.strip("-") or default


def with_number(slug: str, number: int) -> str:
    """`slug-2` and so on, for a slug that is taken; still at most `SLUG_LENGTH` characters."""
    return slug if number < 2 else f"{slug[: SLUG_LENGTH - len(str(number)) - 1]}-{number}"


def split_tags(text: str) -> list[str]:
    """The names typed into the tags field: separated by commas or lines, each once however it is written."""
    names: dict[str, str] = {}
    for part in re.split(r"[,\n;]", text):
        name = " ".join(part.split()).lstrip("#").strip()[:TAG_LENGTH].strip()
        if name and (slug := slugify(name, default="")):
            names.setdefault(slug, name)
    return list(names.values())


def split_names(text: str) -> tuple[str, ...]:
    """The user names typed into a field: separated by commas or lines, each once."""
    names: dict[str, str] = {}
    for part in re.split(r"[,\n;]", text):
        name = part.strip().removeprefix("@").strip()
        if name:
            names.setdefault(name.casefold(), name)
    return tuple(names.values())


def is_web_address(text: str) -> bool:
    """True for a whole address of a page, with http or https and a host, written without spaces or quotes."""
    if not re.fullmatch(r"https?://[^\s<>\"'`\\{}|^]+", text, re.IGNORECASE):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
