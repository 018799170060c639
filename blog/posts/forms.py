"""The editor's form."""

import secrets
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as __
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types of WTForms
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from blog.auth.current import member
from blog.auth.models import User
from blog.auth.names import username_key
from blog.media.policies import can_edit
from blog.media.queries import media_behind
from blog.posts.editor_fields import LightSelect, Shown, TitleField, audience_choices, languages_for
from blog.posts.hours import say_oddity, typed_moment, writers_zone
from blog.posts.languages import own_name
from blog.posts.models import (
    BODY_LENGTH,
    CO_AUTHORS_AT_MOST,
    EXCERPT_LENGTH,
    HIGHEST_PART,
    SEARCH_TITLE_LENGTH,
    SERIES_LENGTH,
    SLUG_LENGTH,
    TAGS_PER_POST,
    TITLE_LENGTH,
    URL_LENGTH,
    Post,
    Visibility,
)
from blog.posts.notes.models import NOTE_LENGTH
from blog.posts.operations import Audience, Draft
from blog.posts.queries import users_called
from blog.posts.rendering import render_text
from blog.posts.revisions.models import KEY_LENGTH, Revision
from blog.posts.revisions.texts import FIELDS, Text
from blog.posts.text import is_web_address, slugify, split_names, split_tags
from blog.site.current import current_site
from blog.web.forms import Form, OneLine, TextField, lines, strip

LATEST_YEAR = 2200


class PostForm(Form):
    """A post as it is written. What is typed is kept, whatever is wrong with it."""

    title = TitleField(
        __("Title"),
        validators=[
            Length(max=TITLE_LENGTH, message=__("Use at most %(max)d characters for the title.")),
            OneLine(__("The title is one line.")),
        ],
    )
    body = TextAreaField(
        __("Text"),
        filters=[lines],
        validators=[
            Length(max=BODY_LENGTH, message=__("The text has more than %(max)d characters. Make two posts of it."))
        ],
    )
    tags = TextField(__("Tags"), description=__("Separated by commas."))
    slug = TextField(
        __("Address"),
        description=__("The last part of the post's address. Leave it empty to have it made of the title."),
    )
    co_authors = TextField(
        __("Other authors"),
        description=__("User names, separated by commas. They work on the post as you do, from the next save on."),
        render_kw={"list": "writer-names"},
    )
    series = TextField(
        __("Series"),
        description=__("Posts that are read one after the other: the name of one that is there, or a new one."),
        render_kw={"list": "series-names"},
        validators=[
            Length(max=SERIES_LENGTH, message=__("Use at most %(max)d characters.")),
            OneLine(__("The name is one line.")),
        ],
    )
    series_number = IntegerField(
        __("Place in the series"),
        description=__("A number; posts without one stand at the end, by their dates."),
        validators=[Optional()],
    )
    excerpt = TextAreaField(
        __("Standfirst"),
        filters=[lines],
        description=__(
            "A sentence that leads into the post, under its title. Left empty, lists show how the text begins."
        ),
        validators=[Length(max=EXCERPT_LENGTH, message=__("Use at most %(max)d characters."))],
    )
    language = SelectField(
        __("Language"),
        description=__("Of the text: its quotation marks, its hyphens, and how it is read aloud."),
        default="",
        widget=LightSelect(),
    )
    picture = HiddenField(filters=[strip], default="")
    """The name of the one above the text, which is chosen on a page of its own."""
    picture_caption = TextField(
        __("Caption"),
        validators=[
            Length(max=EXCERPT_LENGTH, message=__("Use at most %(max)d characters.")),
            OneLine(__("The caption is one line.")),
        ],
    )
    search_title = TextField(
        __("Title there"),
        validators=[
            Length(max=SEARCH_TITLE_LENGTH, message=__("Use at most %(max)d characters.")),
            OneLine(__("The title is one line.")),
        ],
    )
    search_description = TextField(
        __("Description there"),
        validators=[
            Length(max=EXCERPT_LENGTH, message=__("Use at most %(max)d characters.")),
            OneLine(__("The description is one line.")),
        ],
    )
    canonical_url = TextField(
        __("Canonical address"),
        validators=[Length(max=URL_LENGTH, message=__("Use at most %(max)d characters."))],
    )
    comments_closed = BooleanField(__("No comments on this post"))
    visibility = RadioField(
        __("Who can read it"),
        coerce=Visibility,
        default=Visibility.PUBLIC,
    )
    visibility_was = HiddenField(filters=[strip], default=Visibility.PUBLIC.value)
    """What stood there when the editor was opened."""
    publish_at = DateTimeLocalField(
        __("Publish at"), validators=[Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    )
    review_note = TextAreaField(
        __("Note to the author"),
        filters=[lines],
        validators=[Length(max=NOTE_LENGTH, message=__("Use at most %(max)d characters."))],
        description=__("Needed to send it back: what is to be done."),
    )
    edit_number = IntegerField(widget=HiddenInput(), default=0, validators=[Optional()])
    creation_key = HiddenField(filters=[strip], default=lambda: secrets.token_urlsafe(16), validators=[Length(max=64)])
    editing = HiddenField(
        filters=[strip], default=lambda: secrets.token_urlsafe(16), validators=[Length(max=KEY_LENGTH)]
    )
    """Of this editor since it was opened: it writes in one revision, and never in that of another."""

    def __init__(
        self,
        *args: Any,
        post: Post | None = None,
        pending: Revision | None = None,
        editing: str | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        prefix: str = "",
    ) -> None:
        """The editor of a post, with the change that is not published yet; `editing` is the key of one gone on with.

        That of a new post begins with this `visibility`.
        """
        self._shown = Shown(post, pending)
        more = {"editing": editing} if editing else {} if post else {"visibility": visibility.value}
        super().__init__(*args, obj=self._shown if post else None, data=more, prefix=prefix)
        sites = SelectChoice("", str(__("The site’s: %(language)s", language=own_name(current_site().language_tag))))
        self.visibility.choices = audience_choices(post)
        self.language.choices = [sites, *(SelectChoice(code, own_name(code)) for code in languages_for(post))]

    def validate_tags(self, field: TextField) -> None:
        """Refuse more tags than a post may have."""
        if len(split_tags(field.data or "")) > TAGS_PER_POST:
            raise ValidationError(str(__("Use at most %(most)d tags.", most=TAGS_PER_POST)))

    def validate_co_authors(self, field: TextField) -> None:
        """Refuse names of nobody who may write here; who writes it already may stay."""
        names = split_names(field.data or "")
        if len(names) > CO_AUTHORS_AT_MOST:
            raise ValidationError(str(__("Use at most %(most)d other authors.", most=CO_AUTHORS_AT_MOST)))
        here = {username_key(name) for name in self._shown.names}
        here |= {user.username_key for user in users_called(names) if user.can_write}
        if lost := [name for name in names if username_key(name) not in here]:
            raise ValidationError(str(__("No author here is called %(names)s.", names=", ".join(lost)[:200])))

    def validate_picture(self, field: HiddenField) -> None:
        """Refuse a picture that is not theirs to use, unless it stands there already."""
        if field.data and field.data != self._shown.picture:
            media = media_behind(field.data)
            if media is None or not can_edit(member(), media):
                raise ValidationError(str(__("Choose one of your own pictures.")))

    def validate_canonical_url(self, field: TextField) -> None:
        """Refuse what is no whole address of a page."""
        if field.data and not is_web_address(field.data):
            raise ValidationError(str(__("Type a whole address, as in https://example.org/post.")))

    def validate_series(self, field: TextField) -> None:
        """Refuse what no address can be made of."""
        if field.data and not slugify(field.data, default=""):
            raise ValidationError(str(__("Use letters or digits.")))

    def validate_series_number(self, field: IntegerField) -> None:
        """Refuse what is no place."""
        if field.errors or (field.data is not None and not 1 <= field.data <= HIGHEST_PART):
            field.errors = []
            raise ValidationError(str(__("Use a number from 1 to %(highest)s.", highest=str(HIGHEST_PART))))

    def validate_slug(self, field: TextField) -> None:
        """Refuse what no address can be made of."""
        if field.data and (not slugify(field.data, default="") or len(field.data) > SLUG_LENGTH):
            raise ValidationError(
                str(__("Use letters, digits and hyphens, at most %(most)d of them.", most=SLUG_LENGTH))
            )

    def validate_publish_at(self, field: DateTimeLocalField) -> None:
        """Refuse years that no calendar has."""
        if field.data and not 1900 <= field.data.year <= LATEST_YEAR:
            raise ValidationError(str(__("Choose a year from 1900 to %(latest)s.", latest=str(LATEST_YEAR))))

    def has_note(self) -> bool:
        """True if a note to the author was typed; asks for it if not."""
        if not (self.review_note.data or "").strip():
            self.refuse("review_note", str(__("Write what is to be done first.")))
            return False
        return True

    def keep_only_valid(self) -> dict[str, str]:
        """Put what is stored in the place of what is refused, but for the text; what is refused, by field."""
        refused = {
            name: " ".join(map(str, errors))
            for name, errors in self.errors.items()
            if name not in ("body", "edit_number")  # without the second nobody knows what this is on top of
        }
        for name in refused:
            self[name].data = getattr(self._shown, name, None)
        return refused

    def put_back(self, name: str) -> None:
        """Put what is stored in the place of what was typed in a field."""
        self[name].data = getattr(self._shown, name)

    names_of_text = FIELDS
    """The fields that hold what a revision holds, for the editor's script."""

    @property
    def session_key(self) -> str | None:
        """Of this editor since it was opened."""
        return self.editing.data or None

    @property
    def audience(self) -> Audience:
        """Who is to read the post."""
        chosen = Visibility(self.visibility.data)
        was = self.visibility_was.data
        return Audience(chosen, Visibility(was) if was in list(Visibility) else chosen)

    def go_on_from(self, post: Post) -> None:
        """What is sent next is a change of what is stored now; of who reads it only if that was chosen already."""
        self.edit_number.raw_data, self.edit_number.data = None, post.edit_number
        if not self.audience.is_changed:
            self.visibility.data = post.visibility
        self.visibility_was.raw_data, self.visibility_was.data = None, post.visibility.value

    def draft(self, *, by: User, post_id: int | None, now: datetime) -> Draft:
        """What was typed, with the document rendered from it."""
        text = self.text()
        return Draft(text, render_text(text.body, language=text.language, post_id=post_id, by=by, now=now))

    def text(self) -> Text:
        """What was typed, with the slug as it was typed."""
        return Text(
            title=self.title.data or "",
            body=self.body.data or "",
            excerpt=" ".join((self.excerpt.data or "").split()),
            tags=tuple(split_tags(self.tags.data or "")),
            slug=self.slug.data or "",
            picture=self.picture.data or "",
            picture_caption=self.picture_caption.data or "",
            search_title=self.search_title.data or "",
            search_description=self.search_description.data or "",
            canonical_url=self.canonical_url.data or "",
            comments_closed=self.comments_closed.data,
            language=self.language.data or None,
            series=" ".join((self.series.data or "").split()),
            series_number=self.series_number.data if self.series.data else None,
            co_authors=split_names(self.co_authors.data or ""),
        )

    def moment(self, now: datetime) -> datetime:
        """When to publish, in UTC: the hour that was typed is one of the writer's time zone; empty means now."""
        return typed_moment(self.publish_at.data, writers_zone()) if self.publish_at.data else now

    @property
    def oddity(self) -> str | None:
        """What is to be said of the hour that was typed: clocks skip it, or it comes twice."""
        return say_oddity(self.publish_at.data, writers_zone()) if self.publish_at.data else None
