"""The newest posts, in full, for feed readers."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template, url_for

from blog import clock
from blog.auth.names import username_key
from blog.posts import queries
from blog.posts.queries import PostRow
from blog.site.current import current_site, site_url
from blog.web.pagination import Page, Slice

blueprint = Blueprint("feeds", __name__)

POSTS_PER_FEED = 20
_TAG = re.compile(r'<[a-zA-Z][^\s<>]*+(?:\s++[^\s=<>/]++(?:="[^"<]*+")?)*\s*+/?>')
_SOURCES = re.compile(r'(?<=\ssrcset=")/[^"]*')
_OWN_ADDRESS = re.compile(r'(?<=\s)(href|src|data-full)="(/(?!/)[^"]*|#[^"]*)"')


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as a feed shows it."""

    post: PostRow
    id: str
    url: str
    html: str
    updated_at: datetime


@blueprint.get("/feed.xml")
def show_feed() -> Response:
    """The newest posts of the site."""
    page = queries.newest_posts(Slice(size=POSTS_PER_FEED), clock.now())
    return _atom(
        page, title=current_site().title, alternate=url_for("posts.list_posts"), own=url_for("feeds.show_feed")
    )


@blueprint.get("/tags/<slug>/feed.xml")
def show_tag_feed(slug: str) -> Response:
    """The newest posts with a tag."""
    tag = queries.find_tag(slug, clock.now()) or abort(404)
    page = queries.posts_by_tag(tag.id, Slice(size=POSTS_PER_FEED), clock.now())
    return _atom(
        page,
        title=f"{tag.name} · {current_site().title}",
        alternate=url_for("posts.show_tag", slug=slug),
        own=url_for("feeds.show_tag_feed", slug=slug),
    )


@blueprint.get("/series/<slug>/feed.xml")
def show_series_feed(slug: str) -> Response:
    """The newest posts of a series."""
    now = clock.now()
    series = queries.find_series(slug, now) or abort(404)
    page = queries.newest_parts(series.id, Slice(size=POSTS_PER_FEED), now)
    return _atom(
        page,
        title=f"{series.name} · {current_site().title}",
        alternate=url_for("posts.show_series", slug=slug),
        own=url_for("feeds.show_series_feed", slug=slug),
    )


@blueprint.get("/authors/<username>/feed.xml")
def show_author_feed(username: str) -> Response:
    """The newest posts of an author."""
    author = queries.find_author(username_key(username)) or abort(404)
    page = queries.posts_by_author(author.id, Slice(size=POSTS_PER_FEED), clock.now())
    return _atom(
        page,
        title=f"{author.display_name} · {current_site().title}",
        alternate=url_for("posts.show_author", username=author.username),
        own=url_for("feeds.show_author_feed", username=author.username),
    )


def absolute(html: str, post_url: str) -> str:
    """`html` with whole addresses: a feed reader has no page that they could be relative to.

    The HTML is ours, made by the sanitiser, so its attributes stand in double quotes.
    """

    def whole_sources(match: re.Match[str]) -> str:
        return ", ".join(site_url() + source for source in match[0].split(", "))

    def whole(match: re.Match[str]) -> str:
        base = post_url if match[2].startswith("#") else site_url()
        return f'{match[1]}="{base}{match[2]}"'

    return _TAG.sub(lambda tag: _SOURCES.sub(whole_sources, _OWN_ADDRESS.sub(whole, tag[0])), html)


def _atom(page: Page[PostRow], *, title: str, alternate: str, own: str) -> Response:
    texts = queries.texts_of([post.id for post in page.rows])
    entries = [_entry(post, *texts[post.id]) for post in page.rows]
    updated = max((entry.updated_at for entry in entries), default=datetime.fromisoformat("1970-01-01T00:00:00+00:00"))
    xml = render_template(
        "feeds/atom.xml",
        title=title,
        alternate=site_url() + alternate,
        own=site_url() + own,
        entries=entries,
        updated=updated,
    )
    return Response(_storable_in_xml(xml), mimetype="application/atom+xml")


def _entry(post: PostRow, html: str, updated_at: datetime) -> Entry:
    url = site_url() + url_for("pages.show_post", slug=post.slug)
    return Entry(
        post=post,
        id=f"tag:{urlsplit(site_url()).hostname},2026:post-{post.id}",
        url=url,
        html=absolute(html, url),
        updated_at=max(updated_at, post.published_at),
    )


def _storable_in_xml(text: str) -> str:
    """`text` without the characters that XML 1.0 can't hold at all (section 2.2)."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
