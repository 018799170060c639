"""Which pictures posts show, and making the posts anew whose pictures have changed."""

import re

from sqlalchemy import delete, insert, select

from blog import jobs
from blog.db import db
from blog.media.queries import ids_behind, variants_of
from blog.posts.models import post_pictures

IN_TEXT = re.compile(r"/media/([0-9a-f]{2}/[0-9a-f]{30}\.[a-z]{3,4})")
"""The name of a picture, in Markdown as in HTML."""


def note_pictures(post_id: int, html: str, pending: str = "") -> set[int]:
    """Remember which pictures a post's HTML names, and a change of its text that waits to be published.

    In the transaction that stores them. Returns the ids of those in the HTML.
    """
    shown = ids_behind(IN_TEXT.findall(html))
    named = shown | ids_behind(IN_TEXT.findall(pending))
    noted = set(db.session.scalars(select(post_pictures.c.media_id).where(post_pictures.c.post_id == post_id)))
    if gone := noted - named:
        db.session.execute(
            delete(post_pictures).where(post_pictures.c.post_id == post_id, post_pictures.c.media_id.in_(gone))
        )
    if new := named - noted:
        db.session.execute(insert(post_pictures), [{"post_id": post_id, "media_id": one} for one in sorted(new)])
    return shown


def catch_up(post_id: int, html: str, shown: set[int]) -> None:
    """Have a post made anew whose pictures, those `shown`, got variants while it was being rendered and saved."""
    for rows in variants_of(shown).values():
        if not any(row.name in html for row in rows):
            jobs.add("posts.render", {"post_id": post_id}, key=f"posts.render {post_id}")
            return


def posts_with(media_id: int) -> list[int]:
    """The ids of the posts that show a picture in their text."""
    in_text = select(post_pictures.c.post_id).where(post_pictures.c.media_id == media_id)
    return list(db.session.scalars(in_text.order_by(post_pictures.c.post_id)))
