"""Password hashes: argon2id at OWASP's first figures, never more than a few at once."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from blog.auth.names import normal_password

AT_ONCE = 4
"""Hashes computed at the same time in one process: a flood of log-ins must leave reading fast."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_turn = threading.BoundedSemaphore(AT_ONCE)
# What an unknown user's password is checked against, so that it takes the time of a known one's.
_nobody = _hasher.hash("the password of nobody")


def hash_password(password: str) -> str:
    """The argon2id hash to be stored."""
    with _turn:
        return _hasher.hash(normal_password(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """True if `password` is the one that was hashed; takes as long without a hash as with one."""
    with _turn:
        try:
            return _hasher.verify(password_hash or _nobody, normal_password(password)) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(password_hash: str) -> bool:
    """True if the hash was made with other figures than today's."""
    return _hasher.check_needs_rehash(password_hash)
