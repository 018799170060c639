"""A post as its own page shows it: a public one, one of any state, or what is still in an editor."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, select

from blog.auth.models import User
from blog.db import UTCDateTime, db
from blog.markdown import Document
from blog.media.models import Media
from blog.media.queries import shown_at, variants_of
from blog.media.sources import shown
from blog.posts.models import Post, Series, SeriesPart, StoredHeading, Visibility
from blog.posts.queries.authors import HAS_CO_AUTHORS, co_author_cards, users_called
from blog.posts.queries.lists import posts_beside, tags_found, tags_of
from blog.posts.queries.rows import (
    PICTURE_COLUMNS,
    AuthorCard,
    PictureRow,
    PostRow,
    TagRow,
    author_card,
    card_of,
    picture_row,
)
from blog.posts.queries.scopes import readable_by
from blog.posts.queries.series import SeriesBox, series_around
from blog.posts.revisions.texts import Text
from blog.posts.text import slugify

# Built once, as the lists' statements are.
_POST = (
    select(
        Post.id, Post.slug, Post.title, Post.excerpt, Post.summary, Post.body_html, Post.language, Post.headings,
        Post.words, Post.visibility, Post.published_at, Post.updated_at, Post.comments_closed, Post.comment_count,
        Post.picture_caption, Post.canonical_url, Post.search_title, Post.search_description,
        User.id.label("author_id"), User.username, User.display_name, User.picture_name, User.bio_html, User.links,
        User.post_count.label("author_post_count"), SeriesPart.series_id, Series.slug.label("series_slug"),
        Series.name.label("series_name"), HAS_CO_AUTHORS, *PICTURE_COLUMNS,
    )
    .join(User, User.id == Post.author_id)
    .outerjoin(Media, Media.id == Post.picture_id)
    .outerjoin(SeriesPart, SeriesPart.post_id == Post.id)
    .outerjoin(Series, Series.id == SeriesPart.series_id)
    .where(Post.slug == bindparam("slug"))
)  # fmt: skip
_NOW: BindParameter[datetime] = bindparam("now", type_=UTCDateTime())
_POST_FOR_ALL = _POST.where(readable_by(None, _NOW))


@dataclass(frozen=True, slots=True)
class PostPage:
    """A post with all that its own page shows, but for the comments."""

    id: int
    slug: str
    title: str
    standfirst: str
    summary: str
    html: str
    language: str | None
    """Of the text (BCP 47), where it is not the site's."""
    headings: list[StoredHeading]
    words: int
    published_at: datetime
    updated_at: datetime | None
    """When it was changed after it was published; None if it was not, or within the same day."""
    comments_closed: bool
    comment_count: int
    author: AuthorCard
    picture: PictureRow | None
    tags: tuple[TagRow, ...]
    older: PostRow | None
    newer: PostRow | None
    canonical_url: str = ""
    """Where the text stood first, if that is on another site."""
    search_title: str = ""
    search_description: str = ""
    series: SeriesBox | None = None
    """None for a post by itself, and in previews."""
    visibility: Visibility = Visibility.PUBLIC
    co_authors: tuple[AuthorCard, ...] = ()

    @property
    def is_page(self) -> bool:
        """True for what stands by itself, without date and comments."""
        return self.visibility is Visibility.PAGE

    @property
    def is_listed(self) -> bool:
        """True for one that every reader finds; others are no machine's to keep."""
        return self.visibility is Visibility.PUBLIC

    @property
    def authors(self) -> tuple[AuthorCard, ...]:
        """All who wrote it, the author first."""
        return (self.author, *self.co_authors)


def find_post(slug: str, reader: User | None, now: datetime) -> PostPage | None:
    """The post at an address, if `reader`, None for a visitor, may read it. Beside one that no list has is none."""
    statement = _POST.where(readable_by(reader, _NOW)) if reader and reader.can_write else _POST_FOR_ALL
    found = db.session.execute(statement, {"slug": slug, "now": now}).one_or_none()
    if found is None:
        return None
    is_listed = found.visibility is Visibility.PUBLIC
    older, newer = posts_beside(found.published_at, found.id, now) if is_listed else (None, None)
    tags = tags_of([found.id]).get(found.id, ())
    return PostPage(
        id=found.id,
        slug=found.slug,
        title=found.title,
        standfirst=found.excerpt,
        summary=found.summary,
        html=found.body_html,
        language=found.language,
        headings=found.headings,
        words=found.words,
        published_at=found.published_at,
        updated_at=found.updated_at if (found.updated_at - found.published_at).days >= 1 else None,
        comments_closed=found.comments_closed,
        comment_count=found.comment_count,
        author=author_card(found),
        picture=picture_row(found, variants_of([found.media_id]).get(found.media_id, ())),
        tags=tags if is_listed else tags_found(tags, now),
        older=older,
        newer=newer,
        series=series_around(found, now) if is_listed else None,
        visibility=found.visibility,
        co_authors=co_author_cards(found.id) if found.has_co_authors else (),
        canonical_url=found.canonical_url,
        search_title=found.search_title,
        search_description=found.search_description,
    )


def as_page(post: Post, now: datetime) -> PostPage:
    """A post of any state as its own page would show it, for previews; it has no neighbours."""
    picture = post.picture
    return PostPage(
        id=post.id,
        slug=post.slug,
        title=post.title,
        standfirst=post.excerpt,
        summary=post.summary,
        html=post.body_html,
        language=post.language,
        headings=post.headings,
        words=post.words,
        published_at=post.published_at or now,
        updated_at=None,
        comments_closed=post.comments_closed,
        comment_count=post.comment_count,
        author=card_of(post.author),
        picture=PictureRow(shown(picture, variants_of([picture.id]).get(picture.id, ())), post.picture_caption)
        if picture
        else None,
        tags=tuple(TagRow(tag.slug, tag.name) for tag in post.tags),
        older=None,
        newer=None,
        visibility=post.visibility,
        co_authors=co_author_cards(post.id),
    )


def without_ways(page: PostPage) -> PostPage:
    """The page of somebody from outside: without tags, whose own pages may not be there."""
    return replace(page, tags=())


def draft_as_page(text: Text, document: Document, author: User, now: datetime, *, visibility: Visibility) -> PostPage:
    """What is in an editor as its own page would show it."""
    lead = shown_at(f"/media/{text.picture}") if text.picture else None
    return PostPage(
        id=0,
        slug="",
        title=text.title,
        standfirst=text.excerpt,
        summary=document.excerpt,
        html=document.html,
        language=text.language,
        headings=[StoredHeading(level=one.level, id=one.id, text=one.text) for one in document.headings],
        words=document.words,
        published_at=now,
        updated_at=None,
        comments_closed=False,
        comment_count=0,
        author=card_of(author),
        picture=PictureRow(lead, text.picture_caption) if lead else None,
        tags=tuple(TagRow(slugify(name), name) for name in text.tags),
        older=None,
        newer=None,
        visibility=visibility,
        co_authors=tuple(map(card_of, users_called(text.co_authors))),
    )
