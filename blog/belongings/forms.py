"""The form with which an account is taken away."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types of WTForms
from wtforms.validators import InputRequired, ValidationError

from blog.auth.models import User
from blog.belongings.operations import Farewell
from blog.belongings.queries import Belongings
from blog.web.forms import Form

KEEP, REMOVE, HAND_OVER = "keep", "remove", "hand over"


class DeletionForm(Form):
    """What becomes of what somebody leaves behind; nobody is asked about what there is none of."""

    comments = RadioField(
        __("Comments"),
        choices=[
            SelectChoice(KEEP, __("Keep them, without a name")),
            SelectChoice(REMOVE, __("Remove their text for good")),
        ],
        default=KEEP,
    )
    posts = RadioField(__("Posts"), validate_choice=False)
    heir = SelectField(__("Who gets the posts"), coerce=int)
    certain = BooleanField(
        __("Delete the account. This can’t be undone."),
        validators=[InputRequired(__("Tick this if you are certain."))],
    )

    def __init__(self, belongings: Belongings, heirs: list[User], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heir.choices = [
            SelectChoice(0, _("Choose somebody")),
            *(SelectChoice(one.id, _called(one)) for one in heirs),
        ]
        handed_over = SelectChoice(HAND_OVER, _("Hand them over to somebody who writes here"))
        removed = SelectChoice(REMOVE, _("Remove them for good"))
        self.posts.choices = [handed_over, removed] if heirs else [removed]
        if not belongings.comments:
            del self.comments
        if not belongings.posts:
            del self.posts
        if not belongings.posts or not heirs:
            del self.heir

    def validate_posts(self, field: RadioField) -> None:
        """Ask what becomes of the posts: nothing is chosen beforehand."""
        if field.data not in [value for value, *_label in field.iter_choices()]:
            raise ValidationError(_("Say what becomes of the posts."))

    def validate_heir(self, field: SelectField) -> None:
        """Ask who gets the posts, if they are handed over."""
        if self.posts.data == HAND_OVER and not field.data:
            raise ValidationError(_("Choose who gets the posts."))

    def farewell(self) -> Farewell:
        """What was chosen."""
        handed_over = self.posts is not None and self.posts.data == HAND_OVER
        return Farewell(
            keep_comments=self.comments is None or self.comments.data == KEEP,
            heir_id=self.heir.data if handed_over else None,
        )

    def refuse_heir(self) -> None:
        """Say that who was chosen can't take the posts any more."""
        self.refuse("heir", _("This person can’t take the posts any more. Choose somebody else."))


def _called(user: User) -> str:
    return f"{user.display_name} ({user.username})" if user.display_name != user.username else user.username
