"""What is done to second factors; each change ends the other sessions of its person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from blog.auth.factors import codes
from blog.auth.factors.models import PASSKEYS_AT_MOST, Authenticator, Passkey, RecoveryCode
from blog.auth.factors.passkeys import NewPasskey, PasskeyProof, PasskeyRefused
from blog.auth.factors.pending import forget_pending
from blog.auth.factors.queries import has_factor
from blog.auth.models import User
from blog.auth.policies import can_administer, require
from blog.auth.sessions import end_sessions
from blog.db import changed_rows, constraint_as, db
from blog.site import audit


class WrongCode(Exception):
    """The code is of no app and no paper of theirs, or was used."""


class PasskeyTaken(Exception):
    """The key is somebody's already."""


class TooManyPasskeys(Exception):
    """They have as many as one may have."""


@dataclass(frozen=True)
class Dropped:
    """What was taken from somebody's way to sign in."""

    has_app: bool
    passkeys: list[str]
    """Their names."""
    has_codes: bool


def set_authenticator(user: User, secret: str, code: str, *, keep_session: int, now: datetime) -> None:
    """Let an app show codes for `user`, which has just shown `code`; it replaces the one of before.

    Raises `WrongCode`.
    """
    step = codes.step_of(secret, code, now)
    if step is None:
        raise WrongCode
    db.session.merge(Authenticator(user_id=user.id, secret=secret, last_step=step, created_at=now))
    _changed(user, "authn_factor_added", "authenticator app", keep_session=keep_session)


def delete_authenticator(user: User, *, keep_session: int) -> None:
    """The app shows codes for `user` no more."""
    db.session.execute(delete(Authenticator).where(Authenticator.user_id == user.id))
    _changed(user, "authn_factor_removed", "authenticator app", keep_session=keep_session)


def add_passkey(user: User, new: NewPasskey, name: str, *, keep_session: int, now: datetime) -> Passkey:
    """Let a key sign `user` in. Raises `PasskeyTaken` or `TooManyPasskeys`."""
    if (db.session.scalar(select(func.count()).where(Passkey.user_id == user.id)) or 0) >= PASSKEYS_AT_MOST:
        raise TooManyPasskeys
    passkey = Passkey(
        user_id=user.id,
        credential_hash=new.credential_hash,
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        is_backup_eligible=new.is_backup_eligible,
        is_backed_up=new.is_backed_up,
        name=name,
        created_at=now,
    )
    with constraint_as(PasskeyTaken()):
        db.session.add(passkey)
    _changed(user, "authn_factor_added", f"passkey “{name}”", keep_session=keep_session)
    return passkey


def rename_passkey(passkey: Passkey, name: str) -> None:
    """Call a key something else."""
    passkey.name = name
    db.session.flush()


def delete_passkey(passkey: Passkey, *, keep_session: int) -> None:
    """The key signs nobody in any more."""
    user, name = passkey.user, passkey.name
    db.session.delete(passkey)
    db.session.flush()
    _changed(user, "authn_factor_removed", f"passkey “{name}”", keep_session=keep_session)


def renew_recovery_codes(user: User) -> list[str]:
    """Ten new codes, to be shown once; those of before are void."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    fresh = codes.new_recovery_codes()
    db.session.add_all(RecoveryCode(code_hash=codes.recovery_digest(code), user_id=user.id) for code in fresh)
    db.session.flush()
    audit.record("authn_recovery_codes_created", subject=user)
    return fresh


def first_recovery_codes(user: User) -> list[str]:
    """Recovery codes for somebody who has none, else nothing."""
    has_some = db.session.scalar(select(RecoveryCode.user_id).where(RecoveryCode.user_id == user.id).limit(1))
    return [] if has_some else renew_recovery_codes(user)


def use_code(user: User, code: str, now: datetime) -> None:
    """Spend a code of the app or on paper. Raises `WrongCode`; of many who use one at once all but one get it."""
    if not (_use_step(user, code, now) or _use_recovery_code(user, code)):
        raise WrongCode


def use_passkey(proof: PasskeyProof, now: datetime) -> User:
    """Let what a key has signed count; whose it is.

    Raises `PasskeyRefused` if the key is gone, was used meanwhile, or its person put to sleep.
    """
    passkey = db.session.get(Passkey, proof.passkey_id)
    if passkey is None or passkey.sign_count != proof.seen_count or not passkey.user.is_active:
        raise PasskeyRefused
    passkey.sign_count, passkey.is_backed_up, passkey.last_used_at = proof.new_count, proof.is_backed_up, now
    db.session.flush()
    return passkey.user


def drop_factors(user: User) -> None:
    """Take all second factors from somebody who has lost theirs, and end their sessions."""
    for model in (Authenticator, Passkey, RecoveryCode):
        db.session.execute(delete(model).where(model.user_id == user.id))
    _changed(user, "authn_factor_removed", "all", keep_session=None)


def drop_factors_of(user: User, *, by: User) -> None:
    """The same in the name of an admin. Raises `NotAllowed`."""
    require(can_administer(by))
    drop_factors(user)


def drop_factors_since(user: User, since: datetime) -> Dropped:
    """Take the second factors that were set up since then, and recovery codes, whose age nobody knows; end sessions."""
    theirs = (Authenticator.user_id == user.id, Authenticator.created_at >= since)
    apps = db.session.execute(delete(Authenticator).where(*theirs))
    keys = list(db.session.scalars(select(Passkey).where(Passkey.user_id == user.id, Passkey.created_at >= since)))
    names = [key.name for key in keys]
    for key in keys:
        db.session.delete(key)
    papers = db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    dropped = Dropped(bool(changed_rows(apps)), names, bool(changed_rows(papers)))
    if dropped.has_app or names:
        _changed(user, "authn_factor_removed", "those set up lately", keep_session=None)
    forget_pending(user)
    return dropped


def _use_step(user: User, code: str, now: datetime) -> bool:
    app = db.session.get(Authenticator, user.id)
    step = codes.step_of(app.secret, code, now) if app else None
    if step is None:
        return False
    used = db.session.execute(
        update(Authenticator)
        .where(Authenticator.user_id == user.id, Authenticator.last_step < step)
        .values(last_step=step)
    )
    return bool(changed_rows(used))


def _use_recovery_code(user: User, code: str) -> bool:
    used = db.session.execute(
        delete(RecoveryCode).where(
            RecoveryCode.user_id == user.id, RecoveryCode.code_hash == codes.recovery_digest(code)
        )
    )
    if changed_rows(used):
        audit.record("authn_recovery_code_used", subject=user, by=user)
        return True
    return False


def _changed(user: User, event: str, factor: str, *, keep_session: int | None) -> None:
    """What follows every change: other sessions and waiting sign-ins end; without a factor codes on paper are void."""
    db.session.flush()
    if not has_factor(user):
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    end_sessions(user, keep=keep_session)
    forget_pending(user)
    audit.record(event, subject=user, factor=factor)
