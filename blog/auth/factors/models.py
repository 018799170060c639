"""What a person has beside their password, and the sign-ins that wait for it."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.auth.models import User
from blog.db import Base, UTCDateTime

PENDING_LIFETIME = timedelta(minutes=10)
PENDING_TRIES = 5
CHALLENGE_LIFETIME = timedelta(minutes=5)
PASSKEY_NAME_LENGTH = 60
PASSKEYS_AT_MOST = 20


class Authenticator(Base):
    """The app that shows a person codes (TOTP, RFC 6238). Its secret is read to check a code, so it can't be hashed."""

    __tablename__ = "authenticators"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The half minute whose code was used last: no code of then or before is taken again."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class RecoveryCode(Base):
    """A code on paper that stands in for the app or the key, once. Only its SHA-256 is here; a used one is deleted."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


class Passkey(Base):
    """A key of a person's device (WebAuthn). The device keeps the private half."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """The SHA-256 of the credential's id, by which it is found: ids have up to 1,023 bytes."""
    credential_id: Mapped[str] = mapped_column(Text)
    """In base64url, as the key's other bytes are."""
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often the device says it was used; 0 for ever where the device does not count."""
    is_backup_eligible: Mapped[bool]
    is_backed_up: Mapped[bool]
    name: Mapped[str] = mapped_column(String(PASSKEY_NAME_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class PendingSignIn(Base):
    """A password was right, a second factor is missing: nobody is signed in. Only the SHA-256 of its secret is here."""

    __tablename__ = "pending_sign_ins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    is_remembered: Mapped[bool]
    tries: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    def is_live(self, now: datetime) -> bool:
        """True until it is too old, was tried too often, or its account was put to sleep."""
        return now < self.expires_at and self.tries < PENDING_TRIES and self.user.is_active


class PasskeyChallenge(Base):
    """What a key is to sign, once, for the browser that asked."""

    __tablename__ = "passkey_challenges"

    challenge: Mapped[str] = mapped_column(String(64), primary_key=True)
    """32 random bytes in base64url."""
    bound_to: Mapped[str] = mapped_column(String(64))
    """The SHA-256 of the secret in that browser's cookie."""
    purpose: Mapped[str] = mapped_column(String(16))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
