"""How user names and e-mail addresses are written, compared and refused."""

import re
import unicodedata
from functools import cache

from blog.auth.lookalikes import bare_skeleton, skeleton

USERNAME_LENGTH = 30
SKELETON_LENGTH = 255
"""More than any name of that length needs: a letter becomes six characters at most."""

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


def username_skeleton(username: str) -> str:
    """What the name looks like, under a unique constraint: nobody gets a name that can be taken for another's."""
    return skeleton(username)[:SKELETON_LENGTH]


def email_key(email: str) -> str:
    """The address as it is compared: without case and in one composition; a domain in other letters is as in Unicode.

    Nothing else is equal: `a+b@example.org`, `ab@example.org` and `a.b@example.org` are three addresses, since only
    their host knows better. Of mixed case in the part before the @, which RFC 5321 lets differ, no host makes use.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).casefold())


def is_well_formed(username: str) -> bool:
    """True for 2 to 30 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit.

    Letters of every script are letters, but of one script at a time beside digits, and none that is hidden.
    """
    if not 2 <= len(username) <= USERNAME_LENGTH or username != unicodedata.normalize("NFKC", username):
        return False
    return re.fullmatch(r"[^\W_](?:[\w.-]*[^\W_])?", username) is not None and is_of_one_script(username)


def is_of_one_script(username: str) -> bool:
    """True if the letters are of one alphabet, or of those that are written together in East Asia."""
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in username if letter.isalpha()}
    return len(scripts) <= 1 or scripts <= {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}


def is_reserved(username: str) -> bool:
    """True for names that the site itself uses or that promise an office, and for what looks like one of them."""
    return bare_skeleton(username) in _reserved_looks()


@cache
def _reserved_looks() -> frozenset[str]:
    return frozenset(bare_skeleton(name) for name in RESERVED)
