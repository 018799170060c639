"""Who may do what to posts. What readers may see is a query: `queries.visible`."""

from collections.abc import Collection
from datetime import datetime

from blog.auth.models import User
from blog.posts.models import Post, Visibility
from blog.site.settings import Publishers, SiteSettings


def can_write(user: User) -> bool:
    """True for those who may start a post."""
    return user.can_write


def can_edit(user: User, post: Post) -> bool:
    """True for its authors, and for editors."""
    return can_choose_authors(user, post) or can_edit_posts_by(user, post.author_ids)


def can_edit_posts_by(user: User, author_ids: Collection[int]) -> bool:
    """True for one of the authors, and for editors."""
    return user.can_write and (user.is_editor or user.id in author_ids)


def can_choose_authors(user: User, post: Post) -> bool:
    """True for those who may say who else writes it: its first author, and editors."""
    return can_edit_posts_by(user, (post.author_id,))


def can_make_pages(user: User) -> bool:
    """True for those who may make a page of a post, or a post of a page."""
    return user.is_editor


def can_pin(user: User) -> bool:
    """True for those who may choose what stands first on the home page."""
    return user.is_editor


def can_read(user: User, post: Post, now: datetime) -> bool:
    """True for those who may open the post at its own address: `queries.readable_by` of one post."""
    return post.is_live(now) and (post.visibility is not Visibility.PRIVATE or can_edit(user, post))


def publishes_alone(user: User, site: SiteSettings) -> bool:
    """True for those whose posts need nobody else to approve them."""
    return user.is_editor or (user.can_write and site.publishers is Publishers.AUTHORS)


def can_publish(user: User, post: Post, site: SiteSettings) -> bool:
    """True for those who may show the post to readers, and change what these see of it."""
    return can_edit(user, post) and publishes_alone(user, site)


def can_submit(user: User, post: Post) -> bool:
    """True for its authors: they hand it to the editors."""
    return user.can_write and user.id in post.author_ids


def can_review(user: User) -> bool:
    """True for those who approve what was handed in, or send it back."""
    return user.is_editor


def can_delete(user: User, post: Post) -> bool:
    """True for those who may remove the post for good, its first author and editors: once it is in the trash."""
    return can_choose_authors(user, post) and post.is_trashed


def can_trash(user: User, post: Post) -> bool:
    """True for those who may put the post into the trash and take it out again."""
    return can_edit(user, post)
