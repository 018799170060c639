"""Who writes posts beside their authors, and who could."""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, exists, select

from blog.auth.models import User
from blog.auth.names import username_key
from blog.db import db
from blog.posts.models import CoAuthor, Post
from blog.posts.queries.rows import AuthorCard, AuthorRow, author_row, card_of

HAS_CO_AUTHORS = exists().where(CoAuthor.post_id == Post.id).label("has_co_authors")
"""A column by which a list knows whether it has to ask for them."""
_ROWS = (
    select(CoAuthor.post_id, User.id.label("author_id"), User.username, User.display_name, User.picture_name)
    .join(User, User.id == CoAuthor.user_id)
    .where(CoAuthor.post_id.in_(bindparam("ids", expanding=True)))
    .order_by(CoAuthor.place)
)


def co_authors_of(post_ids: Sequence[int]) -> dict[int, tuple[AuthorRow, ...]]:
    """Those who wrote posts beside their authors, in their order; a post that has none is not in it."""
    found: dict[int, tuple[AuthorRow, ...]] = {}
    if post_ids:
        for row in db.session.execute(_ROWS, {"ids": list(post_ids)}):
            found[row.post_id] = (*found.get(row.post_id, ()), author_row(row))
    return found


def co_author_names(post_id: int) -> tuple[str, ...]:
    """Their user names, in their order."""
    names = select(User.username).join(CoAuthor, CoAuthor.user_id == User.id).where(CoAuthor.post_id == post_id)
    return tuple(db.session.scalars(names.order_by(CoAuthor.place)))


def co_author_cards(post_id: int) -> tuple[AuthorCard, ...]:
    """They as the foot of their post shows them."""
    users = select(User).join(CoAuthor, CoAuthor.user_id == User.id).where(CoAuthor.post_id == post_id)
    return tuple(map(card_of, db.session.scalars(users.order_by(CoAuthor.place))))


def users_called(names: Iterable[str]) -> list[User]:
    """The accounts with these user names, in that order; a name that nobody has is left out."""
    keys = list(dict.fromkeys(username_key(name) for name in names))
    found = {user.username_key: user for user in db.session.scalars(select(User).where(User.username_key.in_(keys)))}
    return [found[key] for key in keys if key in found]
