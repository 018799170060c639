"""People, their sessions, and the single-use links that are sent to them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.auth.names import SKELETON_LENGTH
from blog.db import Base, UTCDateTime, by_value
from blog.site.audit import Subject

EMAIL_LENGTH = 254
SESSION_IDLE = timedelta(hours=24)
SESSION_ABSOLUTE = timedelta(days=7)
REMEMBERED_IDLE = timedelta(days=14)
REMEMBERED_ABSOLUTE = timedelta(days=90)
DEVICE_KNOWN_FOR = timedelta(days=180)
DEVICES_AT_MOST = 20
LAST_SEEN_STEP = timedelta(minutes=10)
CONFIRMED_FOR = timedelta(minutes=15)
"""How long a typed password counts for what opens a door: e-mail address, password, factors, roles, invitations."""
ADMIN_CONFIRMED_FOR = timedelta(hours=24)
"""How long it counts for the pages of those who run the site."""
ADMIN_IDLE = timedelta(hours=2)
"""After such a pause a session's confirmation counts no more, wherever it goes on."""


class Role(StrEnum):
    """What a person may do; each role may do all that those before it may."""

    READER = "reader"
    AUTHOR = "author"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for readers up to 3 for admins."""
        return list(Role).index(self)


class ProfileLink(TypedDict):
    """A link on a profile."""

    label: str
    url: str


class User(Base):
    """An account. Without a password (an imported author) nobody can sign in to it until a reset link sets one."""

    __tablename__ = "users"
    __table_args__ = (Index(None, "role"), Base.__table_args__)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(40))
    username_key: Mapped[str] = mapped_column(String(80), unique=True)
    """The name as it is compared: see `auth.names.username_key`."""
    username_skeleton: Mapped[str | None] = mapped_column(String(SKELETON_LENGTH), unique=True, index=True)
    """What the name looks like: see `auth.lookalikes`. None where an older account had a name that looks the same
    before there was this rule; both go on working, and nobody else gets such a name."""
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    """The address that is known to be theirs."""
    email_key: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH), unique=True)
    unverified_email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    """An address that they typed and did not confirm; anybody may type any, so it is good for nothing else."""
    verify_by: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Until when a new account has to confirm its address; it sees nothing before, and is deleted then."""
    password_hash: Mapped[str | None] = mapped_column(String(160))
    role: Mapped[Role] = mapped_column(by_value(Role, length=16))
    display_name: Mapped[str] = mapped_column(String(80))
    bio: Mapped[str] = mapped_column(Text, default="")
    bio_html: Mapped[str] = mapped_column(Text, default="")
    links: Mapped[list[ProfileLink]] = mapped_column(JSON, default=list)
    picture_name: Mapped[str | None] = mapped_column(String(120))
    """The public name of the profile picture among the media."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """In which they type hours; None for the site's."""
    comments_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the author last looked through the comments on their posts."""
    post_count: Mapped[int] = mapped_column(default=0)
    """The posts of this author that readers see, but for those that came due since they were last counted."""

    sessions: Mapped[list["UserSession"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """False once an admin has deactivated the account."""
        return self.deactivated_at is None

    @property
    def is_held(self) -> bool:
        """True while a new account has not confirmed its address."""
        return self.verify_by is not None

    def get_id(self) -> str:
        """The id as Flask-Login wants it."""
        return str(self.id)

    @property
    def subject(self) -> Subject:
        """How the audit log names the account."""
        return Subject("user", self.id, self.username)

    def has_role(self, role: Role) -> bool:
        """True if this active person has `role` or a higher one."""
        return self.is_active and self.role.rank >= role.rank

    @property
    def can_write(self) -> bool:
        """True for those who have a desk under /write."""
        return self.has_role(Role.AUTHOR)

    @property
    def is_editor(self) -> bool:
        """True for editors and admins."""
        return self.has_role(Role.EDITOR)

    @property
    def is_admin(self) -> bool:
        """True for admins."""
        return self.has_role(Role.ADMIN)

    @property
    def picture_url(self) -> str | None:
        """The address of the profile picture."""
        return f"/media/{self.picture_name}" if self.picture_name else None

    def deactivate(self, now: datetime) -> None:
        """Put the account to sleep: it signs in no more, what it wrote stays."""
        self.deactivated_at = self.deactivated_at or now

    def reactivate(self) -> None:
        """Wake the account."""
        self.deactivated_at = None


class UserSession(Base):
    """One signed-in browser. The cookie holds a random id; only its SHA-256 is here."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    is_remembered: Mapped[bool]
    user_agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When its person last proved who they are: at sign-in, or by typing the password again."""

    user: Mapped[User] = relationship(back_populates="sessions", lazy="joined", innerjoin=True)

    def is_live(self, now: datetime) -> bool:
        """True until it was idle too long, grew too old, or its account was deactivated."""
        idle = REMEMBERED_IDLE if self.is_remembered else SESSION_IDLE
        return now < self.expires_at and now < self.last_seen_at + idle and self.user.is_active

    def is_confirmed(self, now: datetime, within: timedelta = CONFIRMED_FOR) -> bool:
        """True if its person proved within that time who they are, and has not been away for long since."""
        return self.confirmed_at is not None and now < self.confirmed_at + within and not self.was_away(now)

    def was_away(self, now: datetime) -> bool:
        """True after a pause so long that somebody else may sit there."""
        return now >= self.last_seen_at + ADMIN_IDLE


class KnownDevice(Base):
    """A browser in which a person was signed in before. Its cookie holds a random id; only its SHA-256 is here."""

    __tablename__ = "known_devices"
    __table_args__ = (UniqueConstraint("token_hash", "user_id"), Base.__table_args__)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    last_used_at: Mapped[datetime] = mapped_column(UTCDateTime)

    def is_known(self, now: datetime) -> bool:
        """True until nobody signed in there for too long."""
        return now < self.last_used_at + DEVICE_KNOWN_FOR


class TokenPurpose(StrEnum):
    """What a single-use link is for; a token of one purpose is refused for another."""

    RESET_PASSWORD = "reset_password"  # noqa: S105  not a password
    SET_UP = "set_up"
    VERIFY_EMAIL = "verify_email"
    TAKE_BACK = "take_back"


class AccountToken(Base):
    """A single-use link. Only the SHA-256 of its secret is here."""

    __tablename__ = "account_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[TokenPurpose] = mapped_column(by_value(TokenPurpose, length=32))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH))
    """The address that the link was mailed to, if it was; none for one that an admin handed over."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

    user: Mapped[User | None] = relationship()


class Throttle(Base):
    """How often something failed of late for one key, an account from a network say, and until when it waits."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The SHA-256 of what is throttled, so that no address is stored."""
    failures: Mapped[int]
    last_failure_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    blocked_until: Mapped[datetime] = mapped_column(UTCDateTime)
    forgotten_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    """From when on it says nothing more; None in rows of the first release."""
