"""A post with its comments."""

from flask import Response, abort, make_response, render_template, request, url_for

from blog import clock
from blog.auth.current import signed_in
from blog.comments import policies as comment_policies
from blog.comments import threads
from blog.comments.forms import CommentForm
from blog.pages.blueprint import blueprint
from blog.posts import policies, queries
from blog.site.current import current_site
from blog.web.forms import storable
from blog.web.responses import moved, unindexed


@blueprint.get("/posts/<slug>")
def show_post(slug: str) -> str | Response:
    """A post, its comments, and for signed-in readers the form to add one; an old slug leads to the new one."""
    now, reader = clock.now(), signed_in()
    post = queries.find_post(slug, reader, now)
    if post is None:
        return _moved(slug)
    if post.is_page:
        return moved(url_for("pages.show_page", slug=slug))

    is_open = comment_policies.are_open(current_site(), closed=post.comments_closed)
    author_ids = [author.id for author in post.authors]
    thread = threads.read_thread(post.id, author_ids, reader, after=storable(request.args.get("after", "")), now=now)
    page = render_template(
        "pages/post.html",
        post=post,
        thread=thread,
        comments_open=is_open,
        comment_form=CommentForm() if is_open and reader else None,
        reply_to=thread.find(request.args.get("reply_to", type=int)),
        can_edit=reader is not None and policies.can_edit_posts_by(reader, author_ids),
    )
    return page if post.is_listed else unindexed(make_response(page))


@blueprint.get("/pages/<slug>")
def show_page(slug: str) -> str | Response:
    """What stands by itself, without date and comments; a post that is asked for as a page leads to the post."""
    reader = signed_in()
    post = queries.find_post(slug, reader, clock.now())
    if post is None:
        return _moved(slug)
    if not post.is_page:
        return moved(url_for("pages.show_post", slug=slug)) if post.is_listed else abort(404)

    author_ids = [author.id for author in post.authors]
    can_edit = reader is not None and policies.can_edit_posts_by(reader, author_ids)
    return render_template("pages/page.html", post=post, can_edit=can_edit)


def _moved(slug: str) -> Response:
    now_at = queries.slug_now(slug, signed_in(), clock.now()) or abort(404)
    return moved(url_for("pages.show_post", slug=now_at))
