"""Passwords: how they are written and which can be guessed; their hashes, never more than a few at once."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

PASSWORD_LENGTH = 128
"""Characters of the longest one."""
GUESSES_NEEDED = 10**10
"""How many guesses a password must be worth, as zxcvbn counts them."""
AT_ONCE = 2
"""Hashes computed at the same time in one process: a flood of log-ins must leave reading fast."""
WAITING_AT_MOST = 100
"""Those who wait for their turn; at some 20 ms a hash the last of them waits for about two seconds."""

_ESTIMATE_LENGTH = 32  # what zxcvbn does with 72 characters can take seconds
# argon2id at OWASP's first figures.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_turn = threading.BoundedSemaphore(AT_ONCE)
_queue = threading.BoundedSemaphore(AT_ONCE + WAITING_AT_MOST)
# What an unknown user's password is checked against, so that it takes the time of a known one's.
_nobody = _hasher.hash("the password of nobody")


class TooManyAtOnce(Exception):
    """So many passwords are being hashed that nobody else may wait; it is over in seconds."""


def is_guessable(password: str, *, known: list[str]) -> bool:
    """True if `password` is common, a pattern, or made of the words in `known` (names of the site and the user)."""
    words = [word for text in known for word in (text, *re.split(r"[\W_]+", text)) if len(word) > 2]
    squeezed = re.sub(r"[\W_]", "", password).casefold()
    for word in sorted({re.sub(r"[\W_]", "", word).casefold() for word in words}, key=len, reverse=True):
        squeezed = squeezed.replace(word, "")
    if len(squeezed) < min(6, len(password) // 2):
        return True
    ends = {password[:_ESTIMATE_LENGTH], password[-_ESTIMATE_LENGTH:]}
    return all(zxcvbn(end, user_inputs=words)["guesses"] < GUESSES_NEEDED for end in ends)


def normal_password(password: str) -> str:
    """The password as it is hashed: NFC, otherwise as typed, spaces included (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """The argon2id hash to be stored. Raises `TooManyAtOnce`."""
    with _taking_turns():
        return _hasher.hash(normal_password(password))


def is_right(password_hash: str | None, password: str) -> bool:
    """True if `password` is the one that was hashed; takes as long without a hash as with one.

    Raises `TooManyAtOnce`.
    """
    with _taking_turns():
        try:
            return _hasher.verify(password_hash or _nobody, normal_password(password)) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def newer_hash(password_hash: str, password: str) -> str:
    """The hash of the right password anew if the figures have changed since, else the hash as it is."""
    return hash_password(password) if _hasher.check_needs_rehash(password_hash) else password_hash


@contextmanager
def _taking_turns() -> Iterator[None]:
    if not _queue.acquire(blocking=False):
        raise TooManyAtOnce
    try:
        with _turn:
            yield
    finally:
        _queue.release()
