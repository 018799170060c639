"""Leaving: an account goes, and what belongs to it is handed over, kept without a name, or removed."""

from dataclasses import dataclass
from datetime import datetime

from blog.auth import notices
from blog.auth import operations as accounts
from blog.auth import queries as people
from blog.auth.models import User
from blog.auth.policies import require
from blog.belongings import pictures, policies
from blog.comments import operations as comments
from blog.posts import operations as posts


class NoHeir(Exception):
    """Who was chosen to take over the posts can't (any more)."""


@dataclass(frozen=True)
class Farewell:
    """What becomes of what somebody leaves behind."""

    keep_comments: bool
    """Comments stay, without a name; else their text is gone for good."""
    heir_id: int | None = None
    """Who takes over the posts; None removes them for good, with the comments on them."""


def delete_account(user: User, farewell: Farewell, *, by: User, now: datetime) -> None:
    """Take an account away for good: all of this, or nothing.

    Sessions, links, invitations and whatever else only the account had go with it. Raises `NotAllowed`, `LastAdmin` or
    `NoHeir`.
    """
    require(policies.can_delete_account(by, user))
    accounts.keep_an_admin(without=[user])
    if farewell.heir_id is not None:
        heir = people.user_by_id(farewell.heir_id)
        if heir is None or not policies.can_inherit(heir, posts_of=user):
            raise NoHeir
        posts.hand_over_posts(user, heir)
    left_over = pictures.of(user, with_posts=farewell.heir_id is None)
    if farewell.heir_id is None:
        posts.remove_posts_of(user)
    if not farewell.keep_comments:
        comments.remove_comments_of(user, now=now)
    notices.say_goodbye(user)
    accounts.delete_user(user, by_themselves=by.id == user.id)
    pictures.remove_unused(left_over, now=now)
