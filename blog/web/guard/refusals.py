"""What the guard answers itself: a small page without any asset that says in plain words what is wrong."""

import base64
import hashlib
import html
from dataclasses import dataclass

from werkzeug.http import HTTP_STATUS_CODES

METHODS = ("GET", "HEAD", "OPTIONS", "POST")


@dataclass(frozen=True)
class Refusal:
    """Why a request gets no further: the status and what a person reads."""

    status: int
    title: str
    text: str

    @property
    def status_line(self) -> str:
        """The status with the standard's own words, as WSGI wants it."""
        return f"{self.status} {HTTP_STATUS_CODES[self.status]}"


MALFORMED = Refusal(400, "This request is malformed", "The blog can't tell what was meant. Please check the address.")
CUT_SHORT = Refusal(
    400, "Not everything arrived", "The connection broke before the end, so nothing was saved. Please send it again."
)
WRONG_HOST = Refusal(400, "Not at this address", "The blog does not answer at the address that you used.")
WRONG_METHOD = Refusal(405, "Not possible here", "The blog can show pages and take forms, nothing else.")
UNKNOWN_METHOD = Refusal(501, "Not possible here", "The blog can show pages and take forms, nothing else.")
NO_LENGTH = Refusal(411, "The length is missing", "The request must say how long it is (Content-Length).")
LONG_ADDRESS = Refusal(414, "This address is too long", "No page of the blog has an address as long as this one.")
LARGE_HEADERS = Refusal(
    431, "Too much came along", "The browser sent too many headers or cookies. Deleting this site's cookies may help."
)
MANY_FIELDS = Refusal(413, "This form is too large", "It has more fields than the blog takes. Nothing was saved.")
FAILURE = Refusal(500, "Something went wrong", "The fault is ours and is in the log. Please try again in a moment.")


def too_large(limit: int) -> Refusal:
    """The refusal of a body of more than `limit` bytes."""
    most = f"{limit / 2**20:.3g} MB" if limit >= 2**20 else f"{limit:,} bytes"
    return Refusal(413, "This is too large", f"The blog takes at most {most} at once. Nothing was saved.")


def page(refusal: Refusal, home: str) -> bytes:
    """The whole page, leading back to the blog at `home`."""
    title, text, address = map(html.escape, (refusal.title, refusal.text, home))
    return _PAGE.format(title=title, text=text, home=address, style=_STYLE).encode()


def headers(refusal: Refusal, body: bytes) -> list[tuple[str, str]]:
    """The headers of that page; its policy allows its own style and nothing else."""
    allow = [("Allow", ", ".join(METHODS))] if refusal.status in (405, 501) else []
    return [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Content-Security-Policy", _POLICY),
        ("Cache-Control", "no-store"),
        *allow,
    ]


_STYLE = (
    ":root{color-scheme:light dark;font:1.125rem/1.6 Charter,'Bitstream Charter','Iowan Old Style',Georgia,serif;"
    "background:light-dark(#fdfcfa,#191817);color:light-dark(#262422,#e6e2dc)}"
    "body{max-inline-size:34rem;margin:18vh auto 3rem;padding-inline:1.25rem}"
    "h1{font-size:1.9rem;line-height:1.2;font-weight:600;margin:0 0 .75rem;text-wrap:balance}"
    "p{margin:0 0 1rem;overflow-wrap:break-word}a{color:inherit;text-underline-offset:.2em}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<style>{style}</style>
</head>
<body>
<main id="main">
<h1>{title}</h1>
<p>{text}</p>
<p>The blog is at <a href="{home}/">{home}</a>.</p>
</main>
</body>
</html>
"""
