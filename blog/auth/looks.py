"""What the names of accounts look like, kept right: after a change of the table, or when an account is gone."""

from dataclasses import dataclass

from sqlalchemy import select

from blog.auth.models import User
from blog.auth.names import username_skeleton
from blog.db import db


@dataclass(frozen=True)
class WrongLook:
    """An account that keeps another look than its name has, or none where it could."""

    user_id: int
    username: str


def wrong_looks() -> list[WrongLook]:
    """The accounts whose kept look is wrong. Of several that look alike one keeps it, and the others keep none."""
    rows = db.session.execute(select(User.id, User.username, User.username_skeleton).order_by(User.id)).all()
    looks = {row.id: username_skeleton(row.username) for row in rows}
    held = {look for row in rows if (look := row.username_skeleton) == looks[row.id]}
    wrong = []
    for row in rows:
        look = looks[row.id]
        if row.username_skeleton not in (look, None) or look not in held:
            wrong.append(WrongLook(row.id, row.username))
            held.add(look)
    return wrong


def renew_looks() -> None:
    """Let every account keep what its name looks like; of several that look alike the oldest that can."""
    wrong = [db.session.get_one(User, one.user_id) for one in wrong_looks()]
    for user in wrong:
        user.username_skeleton = None
    db.session.flush()
    for user in wrong:
        pass_on_look(username_skeleton(user.username))


def pass_on_look(look: str) -> None:
    """Let the oldest account whose name looks like that keep it, if none does."""
    if db.session.scalar(select(User.id).where(User.username_skeleton == look)):
        return
    without = db.session.scalars(select(User).where(User.username_skeleton.is_(None)).order_by(User.id))
    if heir := next((user for user in without if username_skeleton(user.username) == look), None):
        heir.username_skeleton = look
        db.session.flush()
