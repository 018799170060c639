"""What becomes of all posts of an author who leaves."""

from sqlalchemy import delete, update

from blog.auth.models import User
from blog.db import changed_rows, db
from blog.posts.counts import uncount_posts_of
from blog.posts.linking import renew_links_to_posts_of
from blog.posts.models import Post
from blog.posts.operations.series import remove_empty_series
from blog.posts.search import remove_posts_from_index


def hand_over_posts(author: User, heir: User) -> int:
    """Make every post of `author` one of `heir`; how many there were. Readers find them where they were."""
    moved = db.session.execute(
        update(Post).where(Post.author_id == author.id).values(author_id=heir.id, edit_number=Post.edit_number + 1),
        execution_options={"synchronize_session": False},
    )
    heir.post_count, author.post_count = heir.post_count + author.post_count, 0
    db.session.flush()
    db.session.expire_all()
    return changed_rows(moved)


def remove_posts_of(author: User) -> int:
    """Remove every post of `author` for good, with its comments and old addresses; how many there were."""
    uncount_posts_of(author)
    renew_links_to_posts_of(author)
    remove_posts_from_index(author.id)
    gone = db.session.execute(
        delete(Post).where(Post.author_id == author.id), execution_options={"synchronize_session": False}
    )
    db.session.expire_all()
    remove_empty_series()
    return changed_rows(gone)
