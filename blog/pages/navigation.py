"""What every page's masthead shows."""

from flask import Flask, request, url_for
from flask_babel import gettext as _

from blog.auth.current import signed_in
from blog.comments.queries import count_received
from blog.web.errors import is_degraded


def init_app(app: Flask) -> None:
    """Give templates `navigation` and, for those who write, `new_comment_count`."""
    app.context_processor(masthead)


def masthead() -> dict[str, object]:
    """The places of the masthead: address, label, whether this page is in it."""
    if is_degraded():
        return {}
    endpoint = request.endpoint or ""
    places = (
        ("posts.list_posts", _("Posts"), {"posts.list_posts", "pages.show_post"}),
        ("posts.show_archive", _("Archive"), {"posts.show_archive", "posts.show_year", "posts.show_month"}),
        ("posts.list_tags", _("Tags"), {"posts.list_tags", "posts.show_tag"}),
    )
    user = signed_in()
    return {
        "navigation": [(url_for(name), label, endpoint in within) for name, label, within in places],
        "new_comment_count": count_received(user) if user and user.can_write else 0,
    }
