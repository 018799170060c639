"""The form of a comment."""

import secrets

from flask_babel import lazy_gettext as __
from wtforms import HiddenField, IntegerField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from blog.comments.models import COMMENT_LENGTH
from blog.comments.operations import Remark
from blog.markdown import render_comment
from blog.web.forms import LARGEST_ID, Form, lines, strip


class CommentForm(Form):
    """What a reader says."""

    body = TextAreaField(
        __("Comment"),
        filters=[lines],
        validators=[
            DataRequired(__("Write something first.")),
            Length(max=COMMENT_LENGTH, message=__("Use at most %(max)d characters.")),
        ],
        description=__("Markdown works: *emphasis*, [links](https://example.org), `code`, lists and quotes."),
    )
    parent_id = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(1, LARGEST_ID)])
    creation_key = HiddenField(filters=[strip], default=lambda: secrets.token_urlsafe(16), validators=[Length(max=64)])

    def renew_key(self) -> None:
        """Let the form make another comment."""
        self.creation_key.data = secrets.token_urlsafe(16)

    def remark(self) -> Remark:
        """What was typed, with the HTML made of it."""
        body = (self.body.data or "").strip()
        return Remark(body=body, html=render_comment(body).html, creation_key=self.creation_key.data or None)
