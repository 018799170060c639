"""The settings that an admin changes from day to day."""

import zoneinfo
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import select

from blog.db import db
from blog.site import audit
from blog.site.audit import Subject
from blog.site.models import Setting

ACCENTS = {
    "cobalt": "#2942d6",
    "teal": "#00696b",
    "green": "#1f6b2c",
    "plum": "#8a2a7c",
    "crimson": "#b0203f",
    "rust": "#9c4110",
    "ink": "#45403a",
}
"""Colours to start from; each reads well on light paper, and its light twin on dark paper."""

SETTINGS = Subject("site", None, "settings")


class SignUps(StrEnum):
    """Who can make an account."""

    OPEN = "open"
    INVITATION = "invitation"
    CLOSED = "closed"


class Publishers(StrEnum):
    """Who shows posts to readers."""

    AUTHORS = "authors"
    """Every author their own, besides editors and admins."""
    EDITORS = "editors"
    """Editors and admins alone: an author hands a post to them."""


@dataclass(frozen=True)
class SiteSettings:
    """What the site is called and how it behaves; each field's value here is the default."""

    title: str = "My blog"
    tagline: str = ""
    description: str = ""
    """A sentence or two for the foot of every page and for search engines."""
    accent: str = ACCENTS["cobalt"]
    language: str = "en"
    time_zone: str = "UTC"
    sign_ups: SignUps = SignUps.OPEN
    publishers: Publishers = Publishers.AUTHORS
    comments_open: bool = True
    menu: str = ""
    """What the masthead leads to, as it is typed: see `menus`. Empty for the posts, the archive and the tags."""
    second_factor_required: str = "nobody"
    """Who has to have one: `nobody`, `authors` and those above, or `admins`."""
    security_contact: str = ""
    """Whom to tell about a hole in the blog: an e-mail address or a page's. It is in `/.well-known/security.txt`."""

    @property
    def language_tag(self) -> str:
        """The language as HTML and HTTP write it (BCP 47)."""
        return self.language.replace("_", "-")

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone in which dates are shown and archived."""
        return zoneinfo.ZoneInfo(self.time_zone)


def read_settings() -> SiteSettings:
    """The site's settings as they stand in the database."""
    known = {field.name for field in fields(SiteSettings)}
    stored = {name: value for name, value in db.session.execute(select(Setting.name, Setting.value)) if name in known}
    if "sign_ups" in stored:
        stored["sign_ups"] = SignUps(str(stored["sign_ups"]))
    if "publishers" in stored:
        stored["publishers"] = Publishers(str(stored["publishers"]))
    return SiteSettings(**stored)  # type: ignore[arg-type]  # the JSON came from a SiteSettings


def change_settings(**changes: Any) -> SiteSettings:
    """Store `changes`, named as the fields of `SiteSettings`; return the settings as they are now."""
    before = read_settings()
    settings = replace(before, **changes)
    for name, value in asdict(settings).items():
        if name in changes:
            db.session.merge(Setting(name=name, value=value))
    db.session.flush()
    if changed := audit.changes(asdict(before), asdict(settings)):
        audit.record("authz_admin", subject=SETTINGS, changes=changed)
    return settings
