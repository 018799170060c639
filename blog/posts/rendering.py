"""Rendering a post's Markdown as this site shows it: in its language, with its pictures in every size there is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

from blog.auth.models import User
from blog.markdown import Document, Picture, Target, render_post
from blog.media.queries import shown_at
from blog.media.sources import with_sources
from blog.posts.linking import targets_of
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


def render_text(body: str, *, language: str | None, post_id: int | None, by: User, now: datetime) -> Document:
    """The document of a text that somebody saves, with its links to the posts that they mean."""
    return render_body(body, language=language, targets=targets_of(body, post_id=post_id, user=by, now=now))
