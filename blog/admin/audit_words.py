"""What the events of the audit log are called on its page. A test sees to it that every recorded event is here."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from markupsafe import escape

from blog.site.models import AuditEvent

GROUPS = {
    "sign-ins": (
        __("Signing in"),
        {
            "authn_factor_added": __("New second factor of %(subject)s"),
            "authn_factor_fail": __("Wrong second factor for %(subject)s"),
            "authn_factor_removed": __("A second factor of %(subject)s was removed"),
            "authn_login_fail": __("Wrong password for %(subject)s"),
            "authn_login_fail_max": __("Too many wrong passwords for %(subject)s: signing in is paused"),
            "excess_login_fail": __("Passwords of many accounts are being guessed"),
            "authn_login_success": __("%(subject)s signed in"),
            "authn_password_change": __("New password of %(subject)s"),
            "authn_recovery_code_used": __("%(subject)s used a recovery code"),
            "authn_recovery_codes_created": __("New recovery codes of %(subject)s"),
            "authn_token_created": __("A link was made for %(subject)s"),
            "authn_token_revoked": __("The link for %(subject)s was taken back"),
            "authn_token_used": __("The link for %(subject)s was used"),
            "session_expired": __("A session of %(subject)s was ended"),
        },
    ),
    "people": (
        __("People"),
        {
            "privilege_permissions_changed": __("Another role for %(subject)s"),
            "user_archived": __("%(subject)s was deactivated"),
            "user_created": __("New account: %(subject)s"),
            "data_exported": __("%(subject)s downloaded their data"),
            "user_deleted": __("The account %(subject)s was deleted"),
            "user_reactivated": __("%(subject)s was reactivated"),
            "user_updated": __("%(subject)s was changed"),
        },
    ),
    "posts": (
        __("Posts"),
        {
            "post_authors_changed": __("Other authors: %(subject)s"),
            "post_created": __("New draft: %(subject)s"),
            "post_deleted": __("Gone for good: %(subject)s"),
            "post_published": __("Published: %(subject)s"),
            "post_pinned": __("Pinned: %(subject)s"),
            "post_unpinned": __("No longer pinned: %(subject)s"),
            "post_note_created": __("Note on %(subject)s"),
            "post_note_deleted": __("Note deleted on %(subject)s"),
            "preview_link_created": __("Preview link for %(subject)s"),
            "preview_link_revoked": __("Preview link taken back: %(subject)s"),
            "post_restored": __("Out of the trash: %(subject)s"),
            "series_described": __("Series described: %(subject)s"),
            "revision_restored": __("An old text brought back: %(subject)s"),
            "post_scheduled": __("Scheduled: %(subject)s"),
            "post_sent_back": __("Sent back from review: %(subject)s"),
            "post_submitted": __("Submitted for review: %(subject)s"),
            "post_withdrawn": __("Withdrawn from review: %(subject)s"),
            "post_trashed": __("Into the trash: %(subject)s"),
            "post_unpublished": __("Taken back: %(subject)s"),
            "post_visibility_changed": __("Other readers for %(subject)s"),
            "post_updated": __("Saved: %(subject)s"),
        },
    ),
    "pictures": (
        __("Pictures"),
        {
            "picture_created": __("New picture: %(subject)s"),
            "picture_updated": __("Picture described: %(subject)s"),
            "picture_deleted": __("Picture deleted: %(subject)s"),
            "picture_replaced": __("Picture replaced: %(subject)s"),
        },
    ),
    "comments": (
        __("Comments"),
        {
            "comment_created": __("New comment on %(subject)s"),
            "comment_deleted": __("Comment deleted on %(subject)s"),
            "comment_hidden": __("Comment hidden on %(subject)s"),
            "comment_shown": __("Comment shown again on %(subject)s"),
            "comment_updated": __("Comment changed on %(subject)s"),
        },
    ),
    "site": (
        __("The site"),
        {
            "authz_admin": __("The settings were changed"),
            "sys_backup": __("A backup was made"),
            "sys_restore": __("A backup was restored"),
            "sys_set_up": __("The blog was set up by %(subject)s"),
            "sys_startup": __("The server was started"),
        },
    ),
    "refused": (
        __("Refused"),
        {
            "authz_fail": __("Something not allowed was refused"),
            "excess_rate_limit_exceeded": __("Too many requests were refused"),
            "malicious_cors": __("A form of another site was refused"),
        },
    ),
}
"""The groups by which the page is filtered: what each is called, and its events with what happened."""

_WORDS = {event: words for _name, events in GROUPS.values() for event, words in events.items()}


def events_of(group: str | None) -> frozenset[str] | None:
    """The events of a group; None, which means all, if there is no such group."""
    return frozenset(GROUPS[group][1]) if group in GROUPS else None


def sentence(event: AuditEvent, subject: str | None = None) -> str:
    """What happened; `subject` is what it happened to, where more is known now than was put on record."""
    words = _WORDS.get(event.event)
    if words is None:
        return f"{event.event} {event.subject_label or ''}".strip()
    return escape(str(words)) % {"subject": subject or event.subject_label or _("an unknown name")}


def actor(event: AuditEvent) -> str:
    """Who did it."""
    if event.via == "web":
        return event.actor_name or str(_("somebody not signed in"))
    if event.via == "command line":
        return str(_("%(name)s at the command line", name=event.actor_name or "?"))
    return str(_("the server itself"))
