"""What an author typed, and why it can't be done."""

from dataclasses import dataclass, replace

from blog.markdown import Document
from blog.posts.models import Post, Visibility
from blog.posts.revisions.texts import Text
from blog.posts.text import slugify


class SlugTaken(Exception):
    """Another post has this address, or had it once."""


class EditedSince(Exception):
    """Somebody saved the post after this editor was opened."""


class AlreadyCreated(Exception):
    """The form was sent before: `post` is what it made."""

    def __init__(self, post: Post) -> None:
        super().__init__(post.id)
        self.post = post


class NotInReview(Exception):
    """The post waits for no editor (any more)."""


class NotADraft(Exception):
    """The post is published, or in the trash."""


class InTrash(Exception):
    """The post is in the trash: it has to be restored first."""


class NothingToPublish(Exception):
    """The post has no title or no text."""


@dataclass(frozen=True)
class Audience:
    """Who is to read a post: what its writer chose, and what stood there when their editor was opened."""

    chosen: Visibility
    was: Visibility

    @property
    def is_changed(self) -> bool:
        """True if the writer chose something else."""
        return self.chosen is not self.was


@dataclass(frozen=True)
class Draft:
    """What an author typed, and the document rendered from it before the transaction began.

    The slug of the text is as typed; empty for one made of the title.
    """

    text: Text
    document: Document

    @property
    def slug(self) -> str:
        """What was typed, as an address; empty for one made of the title."""
        return slugify(self.text.slug, default="")

    def text_at(self, slug: str) -> Text:
        """What a reader would read; `slug` is the one that the post has if none was typed."""
        return replace(self.text, slug=self.slug or slug)
