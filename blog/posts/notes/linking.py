"""Plain text as a page shows it: its lines, and its web addresses as links."""

from linkify_it import LinkifyIt
from markupsafe import Markup, escape

_ADDRESSES = LinkifyIt(
    {"ftp:": None, "//": None, "mailto:": None}, {"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False}
)
_LINK = Markup('<a href="{}" rel="nofollow noopener noreferrer">{}</a>')


def with_links(text: str) -> Markup:
    """`text` escaped, its http and https addresses as links, its line breaks kept."""
    shown, done = Markup(), 0
    for found in _ADDRESSES.match(text) or ():
        if found.url.lower().startswith(("http://", "https://")):
            shown += escape(text[done : found.index]) + _LINK.format(found.url, found.text)
            done = found.last_index
    shown += escape(text[done:])
    return Markup("<br>").join(shown.split("\n"))
