"""What readers browse: lists, tags, authors, the archive, search."""

from datetime import datetime

from flask import Response, abort, render_template, request, url_for

from blog import clock
from blog.auth.current import signed_in
from blog.auth.names import username_key
from blog.auth.queries import has_owner
from blog.posts import (
    counts,
    desk,  # noqa: F401  its views are on the same blueprint
    queries,
    search,
)
from blog.posts.blueprint import blueprint
from blog.posts.models import Visibility
from blog.posts.queries import PostRow
from blog.site.current import current_site
from blog.web.forms import storable
from blog.web.pagination import Page, Slice
from blog.web.responses import moved, unindexed

POSTS_PER_PAGE = 10
HITS_PER_PAGE = 10
MONTH_PAGE = 50


@blueprint.get("/")
def list_posts() -> str:
    """Home: the first post with weight, what is pinned or the newest, then the list."""
    page = queries.home_posts(wanted_slice(), clock.now())
    return render_template("posts/list.html", page=page, is_set_up=bool(page.rows) or has_owner())


@blueprint.get("/tags/")
def list_tags() -> str:
    """Every tag with how many posts it has."""
    return render_template("posts/tags.html", tags=counts.tags_with_counts(clock.now()))


@blueprint.get("/tags/<slug>")
def show_tag(slug: str) -> str:
    """The posts with a tag."""
    tag = queries.find_tag(slug, clock.now()) or abort(404)
    page = queries.posts_by_tag(tag.id, wanted_slice(), clock.now())
    return render_template("posts/tag.html", tag=tag, page=page)


@blueprint.get("/series/<slug>")
def show_series(slug: str) -> str:
    """The posts of a series, in their order."""
    now, reader = clock.now(), signed_in()
    series = queries.find_series(slug, now) or abort(404)
    return render_template(
        "posts/series.html",
        series=series,
        parts=queries.parts_of(series.id, now),
        can_edit=bool(reader and reader.can_write and queries.find_editable_series(series.id, reader, now)),
    )


@blueprint.get("/authors/<username>")
def show_author(username: str) -> str | Response:
    """Who an author is, and what they wrote."""
    author = queries.find_author(username_key(username)) or abort(404)
    if author.username != username:
        return moved(url_for("posts.show_author", username=author.username))

    page = queries.posts_by_author(author.id, wanted_slice(), clock.now())
    return render_template("posts/author.html", author=author, page=page)


@blueprint.get("/archive/")
def show_archive() -> str:
    """Every year and month with how many posts it has."""
    return render_template("posts/archive.html", years=counts.years_with_counts(clock.now()))


@blueprint.get("/archive/<int(fixed_digits=4):year>")
def show_year(year: int) -> str:
    """The posts of a year."""
    page = _posts_between(_start_of(year, 1), _start_of(year + 1, 1))
    return render_template("posts/year.html", year=year, page=page)


@blueprint.get("/archive/<int(fixed_digits=4):year>/<int(fixed_digits=2):month>")
def show_month(year: int, month: int) -> str:
    """The posts of a month."""
    start = _start_of(year, month)
    page = _posts_between(start, _start_of(year + month // 12, month % 12 + 1))
    return render_template("posts/month.html", year=year, month=month, start=start, page=page)


@blueprint.get("/search")
def search_posts() -> str:
    """The posts with all the words that were typed."""
    query = storable(request.args.get("q", ""))
    page = search.search_posts(query, wanted_slice(HITS_PER_PAGE), clock.now())
    return render_template("posts/search.html", query=query[: search.QUERY_LENGTH].strip(), page=page)


@blueprint.get("/posts/<slug>.md")
def show_post_source(slug: str) -> Response:
    """The Markdown of a post, as its author wrote it."""
    source = queries.find_source(slug, signed_in(), clock.now()) or abort(404)

    response = Response(f"# {source.title}\n\n{source.body}\n", mimetype="text/markdown")
    return response if source.visibility is Visibility.PUBLIC else unindexed(response)


def wanted_slice(size: int = POSTS_PER_PAGE) -> Slice:
    """The part of the list that the address asks for."""
    return Slice.parse(request.args.get("before"), request.args.get("after"), size)


def _posts_between(start: datetime, end: datetime) -> Page[PostRow]:
    page = queries.posts_between(start, end, wanted_slice(MONTH_PAGE), clock.now())
    return page if page.rows or page.newer else abort(404)


def _start_of(year: int, month: int) -> datetime:
    """The first moment of a month on the site's calendar; 404 if there is none."""
    try:
        return datetime(year, month, 1, tzinfo=current_site().zone)
    except ValueError:
        abort(404)
