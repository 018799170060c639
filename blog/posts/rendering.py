"""Rendering a post's Markdown as this site shows it: in its language, with its pictures in every size there is."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from blog.markdown import Document, Picture, Target, render_post
from blog.media.queries import shown_at
from blog.media.sources import with_sources
from blog.site.settings import read_settings


def render_body(body: str, *, language: str | None = None, targets: Mapping[str, Target] | None = None) -> Document:
    """The document of a post's text, in its language or else the site's; `targets` are those of its links to posts.

    It reads settings and pictures, so call it before the writing transaction.
    """
    find = cache(shown_at)

    def describe(address: str) -> Picture | None:
        found = find(address)
        return Picture(width=found.width, height=found.height, alt=found.alt) if found else None

    spoken = language or read_settings().language_tag
    document = render_post(body, language=spoken, picture=describe, targets=targets)
    return replace(document, html=with_sources(document.html, find))
