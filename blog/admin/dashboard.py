"""What needs the admin."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from blog import clock, jobs
from blog.admin.blueprint import blueprint
from blog.auth.current import member
from blog.auth.models import User
from blog.auth.queries import PeopleCount, UserFilter, count_people, find_users
from blog.comments.queries import count_comments, count_received
from blog.posts.queries import desk_counts
from blog.site.current import current_site
from blog.site.settings import SiteSettings
from blog.web.pagination import Slice

NEW_FOR = timedelta(days=7)
"""How long an account counts as new."""
LATELY = timedelta(days=30)
NEWEST_PEOPLE = 5


@dataclass(frozen=True)
class Task:
    """Something that waits for the admin."""

    count: int | None
    what: str
    more: str
    act: str
    address: str


@blueprint.get("/")
def show_dashboard() -> str:
    """The site at a glance: what needs somebody, then how it is."""
    user, now = member(), clock.now()
    posts, people = desk_counts(user, now), count_people(new_since=now - NEW_FOR, to=user)
    return render_template(
        "admin/dashboard.html",
        greeting=greeting(user.display_name, now.astimezone(current_site().zone)),
        today=now,
        tasks=tasks(user, posts, people, current_site()),
        posts=posts,
        people=people,
        comments=count_comments(since=now - LATELY),
        newest=find_users(UserFilter(), Slice(size=NEWEST_PEOPLE)).rows,
    )


def greeting(name: str, local: datetime) -> str:
    """A word to begin the day with, or to end it."""
    if local.hour < 5 or local.hour >= 18:
        return str(_("Good evening, %(name)s", name=name))
    if local.hour < 12:
        return str(_("Good morning, %(name)s", name=name))
    return str(_("Good afternoon, %(name)s", name=name))


def tasks(user: User, posts: dict[str, int], people: PeopleCount, site: SiteSettings) -> list[Task]:
    """What waits, the most pressing first."""
    comments, drafts, scheduled = count_received(user), posts["drafts"], posts["scheduled"]
    waiting = []
    if dead := jobs.count_dead():
        what = ngettext("Job failed", "Jobs failed", dead)
        more = _("What the site does by itself did not work, however often it was tried.")
        waiting.append(Task(dead, what, more, _("See why"), url_for("admin.list_jobs")))
    if posts["review"]:
        what = ngettext("Post waits for an editor", "Posts wait for an editor", posts["review"])
        more = _("Their authors submitted them for review.")
        address = url_for("posts.list_my_posts", state="review")
        waiting.append(Task(posts["review"], what, more, _("Read them"), address))
    if comments:
        what = ngettext("New comment", "New comments", comments)
        more = _("Readers wrote since you last looked.")
        waiting.append(Task(comments, what, more, _("Read them"), url_for("comments.list_received")))
    if people.new:
        what = ngettext("New person", "New people", people.new)
        more = _("They made an account in the last seven days.")
        waiting.append(Task(people.new, what, more, _("Look who"), url_for("admin.list_users")))
    if scheduled:
        what = ngettext("Post is scheduled", "Posts are scheduled", scheduled)
        more = _("They go out by themselves.")
        address = url_for("posts.list_my_posts", state="scheduled")
        waiting.append(Task(scheduled, what, more, _("See when"), address))
    if drafts:
        what = ngettext("Draft is unfinished", "Drafts are unfinished", drafts)
        more = _("Nobody sees them until they are published.")
        waiting.append(Task(drafts, what, more, _("Go on writing"), url_for("posts.list_my_posts", state="drafts")))
    if not site.description:
        more = _("A sentence or two, for the foot of every page and for search engines.")
        waiting.append(
            Task(None, _("The site has no description"), more, _("Write it"), url_for("admin.edit_settings"))
        )
    return waiting
