"""Finding accounts."""

from sqlalchemy import func, or_, select

from blog.auth.models import Role, User
from blog.auth.names import email_key, username_key
from blog.db import db


def user_by_id(user_id: int) -> User | None:
    """The account with this id."""
    return db.session.get(User, user_id)


def user_by_username(username: str) -> User | None:
    """The account with this name, however it is written."""
    return db.session.scalar(select(User).where(User.username_key == username_key(username)))


def user_by_login(login: str) -> User | None:
    """The account whose name or e-mail address was typed at sign-in."""
    return db.session.scalar(
        select(User)
        .where(or_(User.username_key == username_key(login.strip()), User.email_key == email_key(login.strip())))
        .order_by(User.id)
        .limit(1)
    )


def has_owner() -> bool:
    """True once the blog was set up: somebody administers it."""
    return db.session.scalar(select(User.id).where(User.role == Role.ADMIN).limit(1)) is not None


def count_active_admins() -> int:
    """How many people can administer the site now."""
    return db.session.scalar(select(func.count()).where(User.role == Role.ADMIN, User.deactivated_at.is_(None))) or 0


def lock_admins() -> list[User]:
    """All active admins, locked until the transaction ends, so that two can't remove each other at once."""
    return list(
        db.session.scalars(
            select(User)
            .where(User.role == Role.ADMIN, User.deactivated_at.is_(None))
            .order_by(User.id)
            .with_for_update()
        )
    )


def all_users() -> list[User]:
    """Every account, by name."""
    return list(db.session.scalars(select(User).order_by(User.username_key)))


def users_by_ids(ids: list[int]) -> list[User]:
    """The accounts with these ids, in the order of their ids."""
    return list(db.session.scalars(select(User).where(User.id.in_(ids)).order_by(User.id)))
