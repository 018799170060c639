"""Giving out preview links, taking them back, and what stands at their address."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response, abort, flash, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types of WTForms
from wtforms.validators import DataRequired, Length

from blog import clock, jobs
from blog.auth.current import login_required, member
from blog.auth.models import User
from blog.db import begin_write, transaction
from blog.posts import queries as posts
from blog.posts.asking import held_post, my_post
from blog.posts.blueprint import blueprint
from blog.posts.models import Post
from blog.posts.operations import InTrash
from blog.posts.preview_links import operations, queries
from blog.posts.preview_links.models import LABEL_LENGTH, LIFETIMES, LINKS_PER_POST
from blog.posts.preview_links.operations import TooManyLinks
from blog.posts.rendering import render_text
from blog.posts.revisions.queries import pending_of
from blog.web.addresses import absolute_url
from blog.web.forms import Form, OneLine, TextField
from blog.web.responses import see_other, unindexed

_LIFETIMES = {1: __("A day"), 7: __("A week"), 30: __("30 days")}


class LinkForm(Form):
    """For whom a link is, and how long it works."""

    label = TextField(
        __("For whom"),
        validators=[
            DataRequired(__("Say for whom it is, to know it again.")),
            Length(max=LABEL_LENGTH, message=__("Use at most %(max)d characters.")),
            OneLine(__("Use one line.")),
        ],
        description=__("To know the link again. Who opens it does not see this."),
    )
    days = RadioField(
        __("How long it works"),
        coerce=int,
        default=7,
        choices=[SelectChoice(days, _LIFETIMES[days]) for days in LIFETIMES],
    )


@blueprint.route("/write/<int:post_id>/links", methods=["GET", "POST"])
@login_required
def list_preview_links(post_id: int) -> str | tuple[str, int]:
    """The links of a post that work; sending the form makes another one, shown on this one answer and never again."""
    post, form = my_post(post_id), LinkForm()

    if not form.is_valid():
        return _page(post, form)

    begin_write()
    made = {"label": form.label.data, "days": form.days.data, "by": member(), "now": clock.now()}
    try:
        secret = operations.create_link(held_post(post_id), **made)
    except InTrash:
        form.refuse("label", _("The post is in the trash. Restore it first."))
        return _page(post, form)
    except TooManyLinks:
        form.refuse("label", _("%(most)d links work already. Take one of them back first.", most=LINKS_PER_POST))
        return _page(post, form)
    return _page(post, LinkForm(formdata=None), link=absolute_url("posts.show_shared", token=secret))


@blueprint.post("/write/<int:post_id>/links/<int:link_id>/deletion")
@login_required
def delete_preview_link(post_id: int, link_id: int) -> Response:
    """A link works no more."""
    my_post(post_id)

    begin_write()
    operations.revoke_link(held_post(post_id), link_id, by=member())
    flash(_("The link works no more."))
    return see_other(url_for("posts.list_preview_links", post_id=post_id))


@blueprint.get("/preview/<token>")
def show_shared(token: str) -> Response:
    """A post as it is worked on, for who was given the link: nobody keeps the page, and it tells nobody the address."""
    now = clock.now()
    link = queries.link_by_secret(token, now) or abort(404)
    post = queries.post_shown_by(link) or abort(404)

    page = render_template("posts/shared.html", post=_worked_on(post, link.created_by, now), until=link.expires_at)
    response = unindexed(make_response(page))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@jobs.recurring("posts.forget_preview_links", every=timedelta(days=1))
def forget_preview_links(_payload: dict[str, Any]) -> None:
    """Links that work no more go."""
    with transaction():
        operations.forget_expired(clock.now())


def _worked_on(post: Post, by: User, now: datetime) -> posts.PostPage:
    """The post with the change that readers do not see yet; without tags, whose pages may not be there."""
    page, pending = posts.as_page(post, now), pending_of(post.id)
    if pending is None:
        return posts.without_ways(page)
    document = render_text(pending.body, language=pending.language, post_id=post.id, by=by, now=now)
    changed = posts.draft_as_page(pending.text, document, post.author, page.published_at, visibility=post.visibility)
    return posts.without_ways(changed)


def _page(post: Post, form: LinkForm, link: str | None = None) -> str | tuple[str, int]:
    links = queries.links_of(post.id, clock.now())
    page = render_template("write/links.html", post=post, form=form, links=links, link=link)
    return (page, 422) if form.errors else page
