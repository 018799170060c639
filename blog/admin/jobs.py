"""Jobs that were given up: why, and whether to try them again."""

from flask import Response, abort, flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __

from blog import clock, jobs
from blog.admin.blueprint import blueprint
from blog.auth.current import member
from blog.auth.policies import can_administer, require
from blog.db import begin_write
from blog.web.responses import see_other

SHOWN = 100
WORDS = {
    "audit.forget_old": __("Forget old events of the audit log"),
    "auth.reset": __("Mail a link that sets a password"),
    "auth.tidy_up": __("Forget what is over: sessions, links, accounts never confirmed"),
    "auth.verification": __("Mail a link that confirms an address"),
    "limits.forget": __("Forget old counts of requests"),
    "mail": __("Send a mail"),
    "media.look_for_missing_variants": __("Look for pictures without smaller versions"),
    "media.make_missing_variants": __("Make the smaller versions of older pictures"),
    "media.make_variants": __("Make the smaller versions of a picture"),
    "media.remove_files": __("Remove the files of deleted pictures"),
    "media.show_anew": __("Make the pages anew that show a picture"),
    "posts.empty_trash": __("Remove what was in the trash for 30 days"),
    "posts.forget_preview_links": __("Forget preview links that work no more"),
    "posts.links": __("Make the posts anew that link to one that changed"),
    "posts.render": __("Make a post’s page anew"),
}
"""What the jobs of each kind do."""


@blueprint.get("/jobs")
def list_jobs() -> str:
    """The jobs that were given up, the last one first."""
    return render_template(
        "admin/jobs.html",
        dead=jobs.dead_jobs(SHOWN),
        words=WORDS,
        count=jobs.count_dead(),
        waiting=jobs.count_waiting(),
    )


@blueprint.post("/jobs/<int:job_id>/tries")
def create_job_try(job_id: int) -> Response:
    """A job that was given up is tried again, as often as a new one."""
    begin_write()
    require(can_administer(member()))
    if not jobs.try_again(job_id, clock.now()):
        abort(404)
    flash(_("It is being tried again."))
    return see_other(url_for("admin.list_jobs"))


@blueprint.post("/jobs/<int:job_id>/deletion")
def delete_job(job_id: int) -> Response:
    """A job that was given up is forgotten."""
    begin_write()
    require(can_administer(member()))
    if not jobs.delete(job_id):
        abort(404)
    flash(_("It is forgotten."))
    return see_other(url_for("admin.list_jobs"))
