"""What every page's masthead shows."""

from urllib.parse import quote

from flask import Flask, request, url_for
from flask_babel import gettext as _

from blog.auth.current import signed_in
from blog.comments.queries import count_received
from blog.site.current import current_site
from blog.site.menus import MenuEntry, parse_menu
from blog.web.errors import is_degraded

_WITHIN = {
    "posts.list_posts": {"pages.show_post"},
    "posts.show_archive": {"posts.show_year", "posts.show_month"},
    "posts.list_tags": {"posts.show_tag"},
}
"""What stands below the pages of the masthead."""


def init_app(app: Flask) -> None:
    """Give templates `navigation` and, for those who write, `new_comment_count`."""
    app.context_processor(masthead)


def masthead() -> dict[str, object]:
    """The places of the masthead: address, label, whether this page is in it."""
    if is_degraded():
        return {}
    user = signed_in()
    return {
        "navigation": [(entry.address, entry.label, is_current) for entry, is_current in _marked(_entries())],
        "new_comment_count": count_received(user) if user and user.can_write else 0,
    }


def _entries() -> list[MenuEntry]:
    """What an admin chose; else the posts, the archive and the tags."""
    return parse_menu(current_site().menu) or [
        MenuEntry(_("Posts"), url_for("posts.list_posts")),
        MenuEntry(_("Archive"), url_for("posts.show_archive")),
        MenuEntry(_("Tags"), url_for("posts.list_tags")),
    ]


def _marked(entries: list[MenuEntry]) -> list[tuple[MenuEntry, bool]]:
    """The entries, and which of them leads here: the very page if there is one, else the list that it belongs to."""
    here = {entry.address for entry in entries} & {request.path, quote(request.path)}
    if not here:
        here = {url_for(name) for name, within in _WITHIN.items() if request.endpoint in within}
    return [(entry, entry.address in here) for entry in entries]
