"""What a page shows of a picture: its smaller versions for the browser to choose from. Pure functions."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape, unescape

from blog.media.models import Media

_MIMES = ("image/avif", "image/webp")
"""What browsers are offered before the fallback, the smallest first."""
_ATTRIBUTE = re.compile(r'\s([^\s=<>/"]++)(?:="([^"]*+)")?')
_IMAGE = re.compile(r'<img((?:\s++[^\s=<>/"]++(?:="[^"]*+")?)++)\s*+/?>')
IN_TEXT = "(min-width: 43rem) 40rem, 94vw"
"""How wide a picture in a post's text is shown (`--measure` and `--edge` in tokens.css)."""


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant, as pages need it."""

    name: str
    mime: str
    width: int


@dataclass(frozen=True, slots=True)
class Source:
    """One format of a picture: what `<source>` says."""

    mime: str
    srcset: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with what browsers may load in its place."""

    url: str
    """What a browser loads that knows nothing of `srcset`: at most 1,600 pixels wide, once that is made."""
    full_url: str
    """The picture in its full size."""
    width: int
    height: int
    """Of the full size, and the shape of every other."""
    alt: str
    sources: tuple[Source, ...] = ()
    srcset: str = ""
    """Of the format that every browser knows; empty where it comes in one size."""


def shown(media: Media, variants: Iterable[VariantRow]) -> Shown:
    """A picture and its variants, the narrowest first, as a page shows them."""
    return shown_as(media.name, media.width, media.height, media.alt, variants)


def shown_as(name: str, width: int, height: int, alt: str, variants: Iterable[VariantRow]) -> Shown:
    """The same from the columns of a row."""
    by_mime: dict[str, list[VariantRow]] = {}
    for one in variants:
        by_mime.setdefault(one.mime, []).append(one)
    sources = tuple(Source(mime, _srcset(by_mime[mime])) for mime in _MIMES if mime in by_mime)
    fallback = next((rows for mime, rows in by_mime.items() if mime not in _MIMES), [])
    return Shown(
        url=_url(fallback[-1].name if fallback else name),
        full_url=_url(name),
        width=width,
        height=height,
        alt=alt,
        sources=sources,
        srcset=_srcset(fallback) if len(fallback) > 1 else "",
    )


def with_sources(html: str, find: Callable[[str], Shown | None]) -> str:
    """Stored HTML in which each picture of ours offers its variants.

    `html` comes from the sanitiser, so attributes stand in double quotes; nothing is added but what `find` knows.
    """

    def offer(match: re.Match[str]) -> str:
        attributes = {name: value or "" for name, value in _ATTRIBUTE.findall(match[1])}
        picture = find(unescape(attributes.get("src", "")))
        if picture is None:
            return match[0]
        sizes = _sizes(attributes.get("width", ""), picture)
        attributes |= {"src": picture.url}
        if picture.srcset:
            attributes |= {"srcset": picture.srcset, "sizes": sizes}
        if picture.full_url != picture.url:
            attributes |= {"data-full": picture.full_url}
        image = "<img" + "".join(f' {name}="{value}"' for name, value in attributes.items()) + ">"
        if not picture.sources:
            return image
        offers = (f'<source type="{one.mime}" srcset="{one.srcset}" sizes="{sizes}">' for one in picture.sources)
        return f"<picture>{''.join(offers)}{image}</picture>"

    return _IMAGE.sub(offer, html)


def _sizes(written: str, picture: Shown) -> str:
    """How wide the picture is shown: as its author asked, if they did."""
    if written.isdecimal() and written != str(picture.width):
        return escape(f"(min-width: {int(written) * 107 // 100}px) {int(written)}px, 94vw")
    return IN_TEXT


def _srcset(rows: list[VariantRow]) -> str:
    return ", ".join(f"{_url(row.name)} {row.width}w" for row in rows)


def _url(name: str) -> str:
    return f"/media/{name}"
