"""What every form shares."""

import pytest

from blog.web.forms import Form, TextField

pytestmark = pytest.mark.one_database


class NameForm(Form):
    """A form with one field that takes anything."""

    name = TextField("Name")


def test_what_was_refused_stays_refused_however_often_the_form_is_looked_at(app):
    with app.test_request_context("/", method="POST", data={"name": "ann"}):
        form = NameForm()
        right_at_first = form.is_valid()
        form.refuse("name", "Somebody has this name.")
        right_then = form.is_valid()

        assert right_at_first
        assert not right_then
        assert form.errors == {"name": ["Somebody has this name."]}


def test_what_is_refused_before_the_form_is_looked_at_is_refused(app):
    with app.test_request_context("/", method="POST", data={"name": "ann"}):
        form = NameForm()
        form.refuse("name", "Somebody has this name.")

        assert not form.is_valid()
        assert form.errors == {"name": ["Somebody has this name."]}
