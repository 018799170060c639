"""Which addresses a text may point at, judged as a browser reads them (WHATWG URL)."""

import re

from markdown_it.common.normalize_url import normalizeLink

SCHEMES = frozenset({"http", "https", "mailto"})

_TRIMMED = "".join(map(chr, range(0x21)))
_IGNORED = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY = re.compile(
    r"https?://(?:[^\s/?#@\\\[\]]*@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|[^\s\x00-\x20%<>\[\]^`{|}\\/?#@:\x7f]+)(?::\d{0,4})?(?:[/?#]|\Z)",
    re.IGNORECASE,
)


def allowed(address: str) -> str | None:
    """`address` made ready for an href or src; None where its scheme or its host is not one that we let through."""
    address = _IGNORED.sub("", address).strip(_TRIMMED)
    before, mark, fragment = address.partition("#")
    address = before + mark + fragment.replace("#", "%23")
    scheme = _SCHEME.match(address)
    if scheme is None:
        return address
    if scheme[1].lower() not in SCHEMES:
        return None
    if scheme[1].lower() != "mailto" and not _AUTHORITY.match(address):
        return None
    return address


def encoded(address: str) -> str:
    """An address from raw HTML, percent-encoded as Markdown's own links are."""
    return normalizeLink(address)


def is_outside(address: str) -> bool:
    """Whether a browser would ask another host for it: a scheme, or two slashes, backslashes being slashes to it."""
    return bool(_SCHEME.match(address)) or address.replace("\\", "/").startswith("//")
