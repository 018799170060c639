"""Reading posts. What a reader may see is written once, in `visible`."""

from blog.posts.queries.addresses import find_author, find_public_source, find_tag, public_id, slug_now
from blog.posts.queries.desk import (
    DESK_ORDERS,
    DESK_STATES,
    DeskFilter,
    desk_counts,
    desk_posts,
    desk_span,
    find_editable,
    hold_editable,
    tag_names,
    tags_by_slug,
    taken_slugs,
    writer_names,
)
from blog.posts.queries.lists import (
    newest_posts,
    posts_between,
    posts_by_author,
    posts_by_tag,
    posts_matching,
    texts_of,
)
from blog.posts.queries.post_page import PostPage, as_page, draft_as_page, find_public_post
from blog.posts.queries.rows import AuthorCard, AuthorRow, PictureRow, PostRow, TagRow, author_row
from blog.posts.queries.scopes import editable_by, visible

__all__ = [
    "DESK_ORDERS",
    "DESK_STATES",
    "AuthorCard",
    "AuthorRow",
    "DeskFilter",
    "PictureRow",
    "PostPage",
    "PostRow",
    "TagRow",
    "as_page",
    "author_row",
    "desk_counts",
    "desk_posts",
    "desk_span",
    "draft_as_page",
    "editable_by",
    "find_author",
    "find_editable",
    "find_public_post",
    "find_public_source",
    "find_tag",
    "hold_editable",
    "newest_posts",
    "posts_between",
    "posts_by_author",
    "posts_by_tag",
    "posts_matching",
    "public_id",
    "slug_now",
    "tag_names",
    "tags_by_slug",
    "taken_slugs",
    "texts_of",
    "visible",
    "writer_names",
]
