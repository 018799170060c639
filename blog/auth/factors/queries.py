"""Which second factors a person has."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from blog.auth.factors import codes
from blog.auth.factors.models import Authenticator, Passkey, RecoveryCode
from blog.auth.models import Role, User
from blog.db import db


@dataclass(frozen=True)
class Factors:
    """What a person has beside their password."""

    authenticator: Authenticator | None
    passkeys: list[Passkey]
    codes_left: int

    @property
    def any(self) -> bool:
        """True if a sign-in asks for one. Recovery codes alone are none: they stand in for another."""
        return self.authenticator is not None or bool(self.passkeys)


def factors_of(user: User) -> Factors:
    """The second factors of `user`, passkeys in the order in which they came."""
    passkeys = select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)
    left = select(func.count()).where(RecoveryCode.user_id == user.id)
    return Factors(
        authenticator=db.session.get(Authenticator, user.id),
        passkeys=list(db.session.scalars(passkeys)),
        codes_left=db.session.scalar(left) or 0,
    )


def has_factor(user: User) -> bool:
    """True if a sign-in of `user` asks for a second factor."""
    app = select(Authenticator.user_id).where(Authenticator.user_id == user.id)
    key = select(Passkey.user_id).where(Passkey.user_id == user.id)
    return db.session.scalar(app.union_all(key).limit(1)) is not None


def admins_without_factor() -> list[User]:
    """The active admins whose password alone signs them in, by name."""
    has_app = select(Authenticator.user_id).where(Authenticator.user_id == User.id).exists()
    has_key = select(Passkey.user_id).where(Passkey.user_id == User.id).exists()
    admins = select(User).where(User.role == Role.ADMIN, User.deactivated_at.is_(None), ~has_app, ~has_key)
    return list(db.session.scalars(admins.order_by(User.username_key)))


def passkey_of(user: User, passkey_id: int) -> Passkey | None:
    """One of the passkeys of `user`."""
    return db.session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user.id))


def is_right_code(user: User, code: str, now: datetime) -> bool:
    """True for a code of the app that was not used yet, and for a recovery code that is left."""
    app = db.session.get(Authenticator, user.id)
    step = codes.step_of(app.secret, code, now) if app else None
    if app and step:
        return step > app.last_step
    left = db.session.get(RecoveryCode, codes.recovery_digest(code))
    return left is not None and left.user_id == user.id
