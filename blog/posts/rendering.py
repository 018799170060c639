"""Rendering a post's Markdown as this site shows it: in its language, with the sizes of its pictures."""

from blog.markdown import Document, Picture, render_post
from blog.media.queries import picture_for
from blog.site.settings import read_settings


def render_body(body: str, *, language: str | None = None) -> Document:
    """The document of a post's text, in its language or else the site's.

    It reads settings and pictures, so call it before the writing transaction.
    """
    return render_post(body, language=language or read_settings().language_tag, picture=_picture)


def _picture(address: str) -> Picture | None:
    size = picture_for(address)
    return Picture(width=size[0], height=size[1]) if size else None
