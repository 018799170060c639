"""What the views of the editor share: making a post of its form, saving one, publishing it, and the page itself."""

from collections.abc import Callable
from datetime import datetime

from flask import Response, abort, flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __

from blog import clock
from blog.auth.current import member
from blog.auth.models import User
from blog.db import begin_read, begin_write
from blog.media.queries import shown_at
from blog.posts import operations, policies, queries, saving
from blog.posts.asking import go_on_editing, my_post
from blog.posts.forms import PostForm
from blog.posts.hours import in_both
from blog.posts.models import Post, Visibility
from blog.posts.notes.linking import with_links
from blog.posts.notes.queries import count_notes, why_sent_back
from blog.posts.operations import AlreadyCreated, Draft, InTrash, NothingToPublish, SlugTaken
from blog.posts.revisions.models import Revision
from blog.posts.revisions.queries import pending_of
from blog.posts.saving import Outcome
from blog.site.current import current_site
from blog.web.addresses import absolute_url
from blog.web.responses import see_other

LOST_LINKS_NAMED = 10
"""How many names in `[[…]]` an author is told of that lead nowhere."""
NAMES_OFFERED = 200
Answer = Response | str | tuple[str, int]
WARNING = "warning"
_PUBLISHED = {
    Visibility.PUBLIC: __("Published. Readers find it at %(address)s."),
    Visibility.PAGE: __("Published as a page. Readers find it at %(address)s, and in no list: put it into the menu."),
    Visibility.UNLISTED: __("Published, in no list. Whoever has this address reads it: %(address)s."),
    Visibility.PRIVATE: __("Published, for those who may edit it. They read it at %(address)s."),
}
_FRESH = 1
"""The edit number of a post that nobody has touched since its form made it."""


def create(form: PostForm, user: User) -> Post | Answer:
    """The new draft; or the answer that says why not.

    A form that made a draft before is sent to that one, so that nothing typed since is lost and nothing is made twice.
    """
    draft = form.draft(by=user, post_id=None, now=clock.now())
    begin_write()
    try:
        key, chosen = form.creation_key.data or None, form.audience.chosen
        post = operations.create_post(
            user, draft, creation_key=key, now=clock.now(), session_key=form.session_key, visibility=chosen
        )
    except AlreadyCreated as earlier:
        post_id = earlier.post.id
        begin_read()
        return save(post_id, user, form, edit_number=_FRESH) or my_post(post_id)
    except SlugTaken:
        form.refuse("slug", _("Another post has this address. Choose another one."))
        return show_editor(form, None)
    _name_lost_links(draft)
    return post


def save(
    post_id: int,
    user: User,
    form: PostForm,
    edit_number: int | None = None,
    *,
    goes_on: bool = False,
    is_read: bool = True,
) -> Answer | None:
    """Save what was typed, if it `goes_on` as if by itself; None, or the answer where there is more to say.

    What was put together with somebody else's changes has to be read first, where it `is_read`.
    """
    if edit_number is None:
        edit_number = form.edit_number.data or 0
    now, key = clock.now(), form.session_key
    draft = form.draft(by=user, post_id=post_id, now=now)
    try:
        saved = saving.save(
            post_id,
            draft,
            by=user,
            edit_number=edit_number,
            session_key=key,
            now=now,
            audience=form.audience,
            goes_on=goes_on,
        )
    except saving.PostGone:
        abort(404)
    except SlugTaken:
        form.refuse("slug", _("Another post has this address. Choose another one."))
        return show_editor(form, my_post(post_id))
    if saved.outcome is Outcome.CONFLICT:
        return _both_versions(form, my_post(post_id), saved.aside)
    if saved.outcome is Outcome.MERGED and is_read:
        flash(
            _("Somebody else saved meanwhile. Here are their changes and yours together: read them first."), "warning"
        )
        return go_on_editing(post_id, form.session_key)
    _name_lost_links(draft)
    return None


def _name_lost_links(draft: Draft) -> None:
    """Say which names in `[[…]]` are no post's."""
    if names := draft.document.unknown_names[:LOST_LINKS_NAMED]:
        lost = ", ".join(names)
        flash(_("Shown as plain words, since no post is called so: %(names)s.", names=lost), "warning")


def publish(
    post: Post, user: User, form: PostForm, operation: Callable[..., None] = operations.publish_post
) -> Response:
    """Show the saved post to readers, at the hour of the form; `operation` is the way of doing it."""
    now = clock.now()
    try:
        operation(post, by=user, at=form.moment(now), now=now, session_key=form.session_key)
    except NothingToPublish:
        flash(_("Saved, but not published: a post needs a title and a text first."), WARNING)
        return see_other(url_for("posts.edit_post", post_id=post.id))
    except InTrash:
        flash(_("Saved, but not published: somebody put the post into the trash. Restore it first."), WARNING)
        return see_other(url_for("posts.edit_post", post_id=post.id))
    if post.is_scheduled(now):
        flash(_("Scheduled for %(moment)s.", moment=in_both(form.moment(now))))
        if form.oddity:
            flash(form.oddity, WARNING)
        return see_other(url_for("posts.edit_post", post_id=post.id))
    address = absolute_url("pages.show_post", slug=post.slug)
    flash(str(_PUBLISHED[post.visibility]) % {"address": address})
    return see_other(url_for("pages.show_post", slug=post.slug))


def _both_versions(form: PostForm, post: Post, aside: int | None) -> tuple[str, int]:
    """Somebody else changed the same: what was typed stays in the form, what is stored stands beside it."""
    form.go_on_from(post)
    return _page(form, post, stored=pending_of(post.id) or post, aside=aside), 409


def show_editor(form: PostForm, post: Post | None, pending: Revision | None = None) -> str | tuple[str, int]:
    """The editor's page; 422 if something is wrong with the form."""
    page = _page(form, post, pending=pending)
    return (page, 422) if form.errors else page


def _page(
    form: PostForm,
    post: Post | None,
    *,
    stored: Post | Revision | None = None,
    aside: int | None = None,
    pending: Revision | None = None,
) -> str:
    now = clock.now()
    return render_template(
        "write/edit.html",
        form=form,
        post=post,
        state=_state(post, now) if post else "drafts",
        stored=stored,
        aside=aside,
        pending=pending,
        lead=shown_at(f"/media/{form.picture.data}") if form.picture.data else None,
        why_back=why_sent_back(post) if post else None,
        with_links=with_links,
        publishes=policies.publishes_alone(member(), current_site()),
        reviews=policies.can_review(member()),
        submits=post is None or policies.can_submit(member(), post),
        note_count=count_notes([post.id])[post.id] if post else 0,
        series_names=queries.series_names(member(), now),
        can_choose_authors=post is None or policies.can_choose_authors(member(), post),
        writer_names=queries.writer_names(NAMES_OFFERED),
    )


def _state(post: Post, now: datetime) -> str:
    """The one of `queries.DESK_STATES` that a post is in."""
    if post.is_draft:
        return "review" if post.is_in_review else "drafts"
    if post.is_trashed:
        return "trash"
    return "published" if post.is_live(now) else "scheduled"
