"""How user names, e-mail addresses and passwords are written, compared and refused."""

import re
import unicodedata

from zxcvbn import zxcvbn

USERNAME_LENGTH = 30
PASSWORD_LENGTH = 128
GUESSES_NEEDED = 10**10
"""How many guesses a password must be worth, as zxcvbn counts them."""
_ESTIMATE_LENGTH = 32  # what zxcvbn does with 72 characters can take seconds

RESERVED = frozenset(
    [
        "about",
        "account",
        "accounts",
        "admin",
        "administrator",
        "anonymous",
        "api",
        "archive",
        "archives",
        "assets",
        "author",
        "authors",
        "blog",
        "comment",
        "comments",
        "contact",
        "editor",
        "editors",
        "feed",
        "feeds",
        "help",
        "home",
        "hostmaster",
        "info",
        "login",
        "logout",
        "mail",
        "me",
        "media",
        "moderator",
        "new",
        "news",
        "nobody",
        "null",
        "owner",
        "page",
        "pages",
        "post",
        "postmaster",
        "posts",
        "privacy",
        "register",
        "reset",
        "root",
        "rss",
        "search",
        "security",
        "setup",
        "signin",
        "signout",
        "signup",
        "site",
        "sitemap",
        "static",
        "staff",
        "status",
        "support",
        "system",
        "tag",
        "tags",
        "undefined",
        "user",
        "users",
        "webmaster",
        "write",
        "www",
        "you",
    ]
)


def username_key(username: str) -> str:
    """The name as it is compared: width, case and composition make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def email_key(email: str) -> str:
    """The address as it is compared: without case. `a+b@example.org` and `a@example.org` are two addresses."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).casefold())


def is_well_formed(username: str) -> bool:
    """True for 2 to 30 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit.

    Letters of every script are letters, but of one script at a time beside digits, and none that is hidden.
    """
    if not 2 <= len(username) <= USERNAME_LENGTH or username != unicodedata.normalize("NFKC", username):
        return False
    if not re.fullmatch(r"[^\W_](?:[\w.-]*[^\W_])?", username):
        return False
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in username if letter.isalpha()}
    return len(scripts) <= 1 or scripts <= {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}


def is_reserved(username: str) -> bool:
    """True for names that the site itself uses or that promise an office."""
    return re.sub(r"[\W_]", "", username_key(username)) in RESERVED


def normal_password(password: str) -> str:
    """The password as it is hashed: NFC, otherwise as typed, spaces included (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFC", password)


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
