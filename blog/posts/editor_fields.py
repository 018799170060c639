"""What the editor's form is made of beside the common fields: what it shows of a post, and what can be chosen."""

from typing import Any

from flask_babel import lazy_gettext as __
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types of WTForms
from wtforms.widgets import Select, TextArea

from blog.auth.current import member
from blog.posts.hours import writers_zone
from blog.posts.languages import LANGUAGES, own_name
from blog.posts.models import Post, Visibility
from blog.posts.policies import can_make_pages
from blog.posts.revisions.models import Revision
from blog.posts.revisions.queries import text_of
from blog.posts.revisions.texts import FIELDS, Text
from blog.web.forms import TextField

AUDIENCES = {
    Visibility.PUBLIC: __("Everybody"),
    Visibility.PAGE: __("Everybody, as a page: by itself, in no list, without date and comments"),
    Visibility.UNLISTED: __("Whoever has the address"),
    Visibility.PRIVATE: __("Only those who may edit it"),
}


class TitleField(TextField):
    """One line, typed where a long one wraps; a line break in it is a space."""

    widget = TextArea()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Fold the line breaks."""
        super().process_formdata([" ".join(value.split()) for value in valuelist])


class LightSelect(Select):
    """A select without what HTML lets one leave out: the list of languages is an eighth of the editor's page."""

    @classmethod
    def render_option(cls, value: object, *args: Any, **kwargs: Any) -> Markup:
        """An option that ends where the next one begins, its value in quotes only where it needs them."""
        option = str(super().render_option(value, *args, **kwargs)).removesuffix("</option>")
        if str(value).isalnum():
            option = option.replace(f'value="{value}"', f"value={value}")
        return Markup(option)  # noqa: S704  what WTForms has escaped


def audience_choices(post: Post | None) -> list[SelectChoice]:
    """Who may be chosen to read it: that it is a page, or is none any more, is for editors to say."""
    makes_pages = can_make_pages(member())
    if post and post.is_page and not makes_pages:
        return [SelectChoice(Visibility.PAGE.value, AUDIENCES[Visibility.PAGE])]
    return [
        SelectChoice(one.value, words) for one, words in AUDIENCES.items() if makes_pages or one is not Visibility.PAGE
    ]


def languages_for(post: Post | None) -> list[str]:
    """The languages to choose from, by their names; that of the post is one of them."""
    theirs = {post.language} if post and post.language else set()
    return sorted({*LANGUAGES, *theirs}, key=lambda code: own_name(code).casefold())


class Shown:
    """A post as its form shows it, with the change that is not published yet; without a post, an empty form."""

    slug: str
    picture: str

    def __init__(self, post: Post | None, pending: Revision | None = None) -> None:
        text = pending.text if pending else text_of(post) if post else Text("", "")
        for name in FIELDS:
            setattr(self, name, getattr(text, name))
        self.tags, self.language = ", ".join(text.tags), text.language or ""
        self.co_authors, self.names = ", ".join(text.co_authors), text.co_authors
        self.edit_number = post.edit_number if post else 0
        self.visibility = post.visibility if post else Visibility.PUBLIC
        self.visibility_was = self.visibility.value
        zone, at = writers_zone(), post.published_at if post else None
        self.publish_at = at.astimezone(zone).replace(tzinfo=None) if at else None
