"""Finding accounts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from blog.auth.lookalikes import bare_skeleton
from blog.auth.models import AccountToken, Role, TokenPurpose, User
from blog.auth.names import email_key, username_key, username_skeleton
from blog.db import db
from blog.web.pagination import Cursor, Page, Slice, page_of, sliced


@dataclass(frozen=True)
class UserFilter:
    """Which accounts are wanted."""

    text: str = ""
    """A part of a name or an e-mail address."""
    role: Role | None = None
    is_active: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What is asked of each account."""
        wanted: list[ColumnElement[bool]] = []
        if self.text:
            wanted.append(
                or_(
                    User.username_key.contains(username_key(self.text), autoescape=True),
                    User.email_key.contains(email_key(self.text), autoescape=True),
                    func.lower(User.display_name).contains(self.text.lower(), autoescape=True),
                    User.display_name.contains(self.text, autoescape=True),  # SQLite lowers ASCII only
                )
            )
        if self.role:
            wanted.append(User.role == self.role)
        if self.is_active is not None:
            wanted.append(User.deactivated_at.is_(None) if self.is_active else User.deactivated_at.is_not(None))
        return wanted


@dataclass(frozen=True)
class PeopleCount:
    """How many accounts there are."""

    active: int
    writers: int
    new: int


def user_by_id(user_id: int) -> User | None:
    """The account with this id."""
    return db.session.get(User, user_id)


def user_by_username(username: str) -> User | None:
    """The account with this name, however it is written."""
    return db.session.scalar(select(User).where(User.username_key == username_key(username)))


def user_looking_like(username: str) -> User | None:
    """The account whose name can be taken for `username`."""
    return db.session.scalar(select(User).where(User.username_skeleton == username_skeleton(username)))


def writer_looking_like(name: str, *, but: User | None = None) -> User | None:
    """Somebody who may write and whose name, either of both, can be taken for `name`: for whom one could pass."""
    look = bare_skeleton(name)
    writers = db.session.scalars(select(User).where(User.role != Role.READER).order_by(User.id))
    return next(
        (
            user
            for user in writers
            if user is not but and look in (bare_skeleton(user.username), bare_skeleton(user.display_name))
        ),
        None,
    )


def user_by_email(email: str) -> User | None:
    """The account whose confirmed address this is."""
    return db.session.scalar(select(User).where(User.email_key == email_key(email)))


def count_mailed(user: User, purpose: TokenPurpose, *, since: datetime) -> int:
    """How many links of a purpose were mailed for `user` of late."""
    return (
        db.session.scalar(
            select(func.count()).where(
                AccountToken.user_id == user.id,
                AccountToken.purpose == purpose,
                AccountToken.email.is_not(None),
                AccountToken.created_at > since,
            )
        )
        or 0
    )


def user_by_login(login: str) -> User | None:
    """The account whose name or e-mail address was typed at sign-in."""
    return db.session.scalar(select(User).where(_is_called(login)).order_by(User.id).limit(1))


def id_by_login(login: str) -> int | None:
    """The id of that account, without loading it, in a reading of its own that is over at once."""
    with db.engine.connect() as connection:
        return connection.scalar(select(User.id).where(_is_called(login)).order_by(User.id).limit(1))


def has_owner() -> bool:
    """True once the blog was set up: somebody administers it."""
    return db.session.scalar(select(User.id).where(User.role == Role.ADMIN).limit(1)) is not None


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


def find_users(wanted: UserFilter, part: Slice) -> Page[User]:
    """The accounts that are wanted, the newest first."""
    statement = select(User).where(*wanted.conditions())
    found = db.session.scalars(sliced(statement, part, User.created_at, User.id)).all()
    return page_of(found, part, [Cursor(user.created_at, user.id) for user in found])


def count_people(new_since: datetime, *, to: User) -> PeopleCount:
    """How many active accounts there are, how many of them may write, and how many are new to `to`, who is not."""
    writers = User.role.in_([role for role in Role if role.rank >= Role.AUTHOR.rank])
    row = db.session.execute(
        select(
            func.count(),
            func.count(case((writers, 1))),
            func.count(case((and_(User.created_at > new_since, User.id != to.id), 1))),
        ).where(User.deactivated_at.is_(None))
    ).one()
    return PeopleCount(*row)


def picture_names() -> set[str]:
    """The public names of all profile pictures."""
    return {name for name in db.session.scalars(select(User.picture_name)) if name}


def _is_called(login: str) -> ColumnElement[bool]:
    """What is asked of the account whose name or e-mail address was typed."""
    name = login.strip()
    return or_(User.username_key == username_key(name), User.email_key == email_key(name))
