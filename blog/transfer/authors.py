"""The people that imported texts name, as accounts."""

import re
import unicodedata
from datetime import datetime

from sqlalchemy import select

from blog.auth.models import Role, User
from blog.auth.names import USERNAME_LENGTH, is_reserved, is_well_formed, username_skeleton
from blog.auth.operations import Registration, create_account
from blog.db import db
from blog.posts.text import slugify

NAME_LENGTH = 80


class Authors:
    """Finds the account of a name among those who may write here, or makes one that nobody can sign in to yet.

    A reader's account is never taken, whatever it is called: it would be given posts by naming itself.
    """

    def __init__(self, default: User) -> None:
        self.default_id = default.id
        self.made: list[str] = []
        self._ids: dict[str, int] = {}
        self._looks: set[str] = set()
        rows = db.session.execute(
            select(User.id, User.username, User.username_key, User.display_name, User.role, User.deactivated_at)
        )
        for row in rows:
            self._looks.add(username_skeleton(row.username))
            if row.role is not Role.READER and row.deactivated_at is None:
                self._ids.setdefault(_key(row.display_name), row.id)
                self._ids.setdefault(row.username_key, row.id)

    def expect(self, names: tuple[str, ...]) -> None:
        """Note the accounts that would be made for these names, without making them."""
        for name in map(_cut, names):
            if _key(name) not in self._ids:
                username = self._free_username(name)
                self._ids[_key(name)] = 0
                self._looks.add(username_skeleton(username))
                self.made.append(username)

    def accounts_of(self, names: tuple[str, ...], *, now: datetime) -> list[User]:
        """The accounts of these names, in their order; for none, that of the one who is given such texts."""
        if not names:
            return [db.session.get_one(User, self.default_id)]
        return [self._account_of(name, now) for name in dict.fromkeys(map(_cut, names))]

    def _account_of(self, name: str, now: datetime) -> User:
        if (known := self._ids.get(_key(name))) is not None and (user := db.session.get(User, known)):
            return user
        username = self._free_username(name)
        user = create_account(Registration(username, None, None, display_name=name, role=Role.AUTHOR), now=now)
        self._ids[_key(name)] = user.id
        self._looks.add(username_skeleton(username))
        self.made.append(username)
        return user

    def _free_username(self, name: str) -> str:
        base = slugify(name)
        if len(base) > USERNAME_LENGTH:
            cut = base[: USERNAME_LENGTH + 1]
            base = cut.rpartition("-")[0] if "-" in cut[8:] else cut[:USERNAME_LENGTH]
        if not is_well_formed(base):
            base = re.sub(r"[^a-z0-9-]+", "", base).strip("-")
        if not is_well_formed(base):
            base = "author"
        username, number = base, 1
        while is_reserved(username) or username_skeleton(username) in self._looks:
            number += 1
            username = f"{base[: USERNAME_LENGTH - len(str(number)) - 1].strip('-')}-{number}"
        return username


def _cut(name: str) -> str:
    return name[:NAME_LENGTH].strip()


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
