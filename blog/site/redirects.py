"""Addresses of the past."""

from sqlalchemy import select

from blog.db import db
from blog.site.models import Redirect

PATH_LENGTH = 512


class RedirectLoops(ValueError):
    """The address would lead to itself."""


def normal_path(path: str) -> str:
    """`path` as redirects are kept: one slash at its start, none at its end, no `index.html`."""
    path = "/" + path.strip("/")
    return path.removesuffix("/index.html") or "/"


def target_of(path: str) -> str | None:
    """Where an old address leads now, or None."""
    return db.session.scalar(select(Redirect.target).where(Redirect.path == normal_path(path)[:PATH_LENGTH]))


def add_redirect(path: str, target: str) -> bool:
    """Make `path` lead to `target` from now on; False when it already did.

    Raises `RedirectLoops` when it is the target's own address, and `ValueError` when it is too long to be kept.
    """
    path = normal_path(path)
    if path == normal_path(target):
        raise RedirectLoops(path)
    if len(path) > PATH_LENGTH or len(target) > PATH_LENGTH:
        raise ValueError(f"the address has more than {PATH_LENGTH} characters")
    found = db.session.get(Redirect, path)
    if found and found.target == target:
        return False
    if found:
        found.target = target
    else:
        db.session.add(Redirect(path=path, target=target))
    db.session.flush()
    return True
