"""What a series is about, in a sentence of those who write it."""

from flask import Response, abort, flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import TextAreaField
from wtforms.validators import Length

from blog import clock
from blog.auth.current import login_required, member
from blog.db import begin_write
from blog.posts import operations, queries
from blog.posts.asking import writer
from blog.posts.blueprint import blueprint
from blog.posts.models import EXCERPT_LENGTH, Series
from blog.web.forms import Form, lines
from blog.web.responses import see_other


class SeriesForm(Form):
    """What readers of a series read under its name."""

    description = TextAreaField(
        __("What it is about"),
        filters=[lines],
        description=__("A sentence or two, under the name of the series."),
        validators=[Length(max=EXCERPT_LENGTH, message=__("Use at most %(max)d characters."))],
    )


@blueprint.route("/write/series/<int:series_id>", methods=["GET", "POST"])
@login_required
def edit_series(series_id: int) -> Response | str | tuple[str, int]:
    """A sentence about a series, by those who may work on all of its parts."""
    series = _my_series(series_id)
    form = SeriesForm(obj=series)

    if not form.is_valid():
        return _page(form, series)

    begin_write()
    series = _my_series(series_id)
    operations.describe_series(series, " ".join((form.description.data or "").split()), by=member(), now=clock.now())

    flash(_("Saved."))
    return see_other(url_for("posts.show_series", slug=series.slug))


def _my_series(series_id: int) -> Series:
    return queries.find_editable_series(series_id, writer(), clock.now()) or abort(404)


def _page(form: SeriesForm, series: Series) -> str | tuple[str, int]:
    page = render_template("write/series.html", form=form, series=series)
    return (page, 422) if form.errors else page
