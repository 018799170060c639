"""What becomes of all posts of an author who leaves."""

from sqlalchemy import delete, func, select, update

from blog.auth.models import User
from blog.db import changed_rows, db
from blog.posts.counts import uncount_posts_of
from blog.posts.linking import renew_links_to_posts_of
from blog.posts.models import CoAuthor, Post
from blog.posts.operations.series import remove_empty_series
from blog.posts.search import remove_posts_from_index


def hand_over_posts(author: User, heir: User) -> int:
    """Make every post of `author` one of `heir`; how many there were. Readers find them where they were.

    What `author` writes beside somebody else stays with that one.
    """
    theirs = select(Post.id).where(Post.author_id == author.id)
    counted = select(func.count()).select_from(Post).where(Post.author_id == author.id, Post.is_counted.is_(True))
    with_heir = Post.id.in_(select(CoAuthor.post_id).where(CoAuthor.user_id == heir.id))
    moving = db.session.scalar(counted) or 0
    gained = moving - (db.session.scalar(counted.where(with_heir)) or 0)
    db.session.execute(
        delete(CoAuthor).where(CoAuthor.user_id == heir.id, CoAuthor.post_id.in_(theirs)),
        execution_options={"synchronize_session": False},
    )
    moved = db.session.execute(
        update(Post).where(Post.author_id == author.id).values(author_id=heir.id, edit_number=Post.edit_number + 1),
        execution_options={"synchronize_session": False},
    )
    heir.post_count, author.post_count = heir.post_count + gained, author.post_count - moving
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
