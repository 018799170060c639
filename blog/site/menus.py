"""What the masthead leads to, in the admin's own words."""

from dataclasses import dataclass
from urllib.parse import urlsplit

ENTRIES_AT_MOST = 8
LABEL_LENGTH = 30
ADDRESS_LENGTH = 300


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A place, and what it is called."""

    label: str
    address: str
    """A path of this site, or an address that begins with https://."""


def parse_menu(text: str) -> list[MenuEntry]:
    """The entries, one a line: the last word is the address, the words before it the label."""
    entries = []
    for line in text.splitlines():
        label, _space, address = line.strip().rpartition(" ")
        if address:
            entries.append(MenuEntry(" ".join(label.split()), address))
    return entries


def is_address(address: str) -> bool:
    """True for a path of this site and for an https address, with nothing in it that a browser reads otherwise."""
    if len(address) > ADDRESS_LENGTH or "\\" in address or any(ord(letter) <= 32 for letter in address):
        return False
    try:
        parts = urlsplit(address)
        is_there = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if parts.scheme or parts.netloc:
        return parts.scheme == "https" and is_there and "@" not in parts.netloc
    return address.startswith("/") and not address.startswith("//")
