"""Markdown to safe HTML, with what else is known of a text: its headings, excerpt, words. Pure functions."""

from blog.markdown.document import ID_PREFIX, Document, Heading, Labels, Picture, Target, minutes_to_read
from blog.markdown.post_links import LONGEST_NAME, name_key, names_in
from blog.markdown.render import render_comment, render_post

RENDERER_VERSION = 4
"""Stored beside rendered HTML. Raise it when the same text would come out differently."""

__all__ = [
    "ID_PREFIX",
    "LONGEST_NAME",
    "RENDERER_VERSION",
    "Document",
    "Heading",
    "Labels",
    "Picture",
    "Target",
    "minutes_to_read",
    "name_key",
    "names_in",
    "render_comment",
    "render_post",
]
