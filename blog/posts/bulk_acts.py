"""One act on several posts of the list. What will happen is said first, where readers notice it or some are left."""

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from flask_babel import ngettext

from blog import clock
from blog.auth.current import login_required, member
from blog.db import begin_read, begin_write
from blog.posts import operations, queries
from blog.posts.asking import writer
from blog.posts.blueprint import blueprint
from blog.posts.models import TAGS_PER_POST
from blog.posts.my_posts import asked_now, show_list
from blog.posts.operations import Act, Hindrance, Plan
from blog.posts.queries import DESK_STATES
from blog.posts.text import split_tags
from blog.web.forms import LARGEST_ID
from blog.web.responses import see_other

POSTS_AT_ONCE = 100
LEFT_NAMED = 5
"""So many that were left are named once it is done; the page before named all."""
_NEEDS_TAG = (Act.TAG, Act.UNTAG)
_HINDRANCES = {
    Hindrance.NOT_ALLOWED: __("you may not do this to it"),
    Hindrance.NEEDS_APPROVAL: __("an editor shows it to readers: submit it for review"),
    Hindrance.DONE_BEFORE: __("it is so already"),
    Hindrance.WRONG_STATE: __("it went into the trash, or out of it, meanwhile"),
    Hindrance.NOTHING_TO_PUBLISH: __("it needs a title and a text first"),
    Hindrance.PENDING: __("it has changes that readers do not see yet: publish them or give them up first"),
    Hindrance.TOO_MANY_TAGS: __("it has %(most)d tags already", most=TAGS_PER_POST),
    Hindrance.NOT_LISTED: __("only what is published for everybody, and no page, can be pinned"),
    Hindrance.PINS_TAKEN: __("three are pinned already: unpin one first"),
}


@blueprint.post(f"/write/<any({','.join(DESK_STATES)}):state>/acts")
@login_required
def create_act(state: str) -> Response | str | tuple[str, int]:
    """An act on the posts that were ticked: done to all of them, or first a page that says what will be done."""
    writer()
    chosen, act, tag = _chosen(), _act(), _tag()

    if problem := _problem(chosen, act, tag):
        return show_list(state, problem, chosen), 422
    plan = _plan(chosen, act, tag)
    if not _is_agreed(plan, len(chosen)):
        return _question(state, plan, chosen)

    outline = plan.outline  # looked at now: what it is made of may be gone in a moment
    begin_write()
    held = _plan(chosen, act, tag, hold=True)
    if held.outline != outline:
        begin_read()
        return _question(state, _plan(chosen, act, tag), chosen), 409
    operations.act_on_posts(held, by=member(), now=clock.now())
    _say(held, len(chosen))
    return see_other(url_for("posts.list_my_posts", state=state, **asked_now(state)))


def _plan(chosen: tuple[int, ...], act: Act, tag: str, *, hold: bool = False) -> Plan:
    find = queries.hold_all_editable if hold else queries.find_all_editable
    return operations.plan_act(find(chosen, member()), act, tag=tag, by=member(), now=clock.now())


def _is_agreed(plan: Plan, chosen: int) -> bool:
    """True if nobody needs to be asked, or whoever was asked has said yes to just that."""
    if request.form.get("agreed") == str(len(plan.posts)):
        return bool(plan.posts)
    return not plan.is_noticed and len(plan.posts) == chosen


def _question(state: str, plan: Plan, chosen: tuple[int, ...]) -> str:
    return render_template(
        "write/act.html",
        state=state,
        plan=plan,
        chosen=chosen,
        missing=len(chosen) - len(plan.posts) - len(plan.left),
        hindrances=_HINDRANCES,
        pinned=queries.pinned_titles() if plan.act is Act.PIN else [],
        search=asked_now(state),
    )


def _chosen() -> tuple[int, ...]:
    """The ids of the posts that were ticked, or of all that the page showed; what is no id names nothing."""
    field = "shown" if "all" in request.form else "post"
    ids = {
        int(text) if text.isascii() and text.isdecimal() and len(text) < 11 else 0
        for text in request.form.getlist(field)
    }
    return tuple(sorted(ids)) if all(0 < one <= LARGEST_ID for one in ids) else abort(404)


def _act() -> Act:
    act = request.form.get("act", "")
    return Act(act) if act in list(Act) else abort(404)


def _tag() -> str:
    return next(iter(split_tags(request.form.get("tag", ""))), "")


def _problem(chosen: tuple[int, ...], act: Act, tag: str) -> str | None:
    """What is wrong with what was sent."""
    if not chosen:
        return str(_("Tick some posts first."))
    if len(chosen) > POSTS_AT_ONCE:
        return str(_("Nothing was done: choose at most %(most)d posts at once.", most=POSTS_AT_ONCE))
    if act in _NEEDS_TAG and not tag:
        return str(_("Nothing was done: type the name of a tag first."))
    return None


def _say(plan: Plan, chosen: int) -> None:
    """How many it was done to, and why not to others."""
    count = len(plan.posts)
    done = _done(plan.act, plan.tag, count)
    if chosen == count:
        flash(done)
        return
    why = [f"“{post.title or _('Untitled')}”: {_HINDRANCES[hindrance]}" for post, hindrance in plan.left[:LEFT_NAMED]]
    left = ngettext("One was left as it was.", "%(num)s were left as they were.", chosen - count)
    flash(" ".join([done, left, "; ".join(why)]).strip(), "warning")


def _done(act: Act, tag: str, count: int) -> str:
    words = {
        Act.PUBLISH: lambda: ngettext("One post is published.", "%(num)s posts are published.", count),
        Act.UNPUBLISH: lambda: ngettext("One post is a draft again.", "%(num)s posts are drafts again.", count),
        Act.TAG: lambda: ngettext(
            "One post has the tag “%(tag)s” now.", "%(num)s posts have the tag “%(tag)s” now.", count, tag=tag
        ),
        Act.UNTAG: lambda: ngettext(
            "One post has lost the tag “%(tag)s”.", "%(num)s posts have lost the tag “%(tag)s”.", count, tag=tag
        ),
        Act.PIN: lambda: ngettext("One post is pinned.", "%(num)s posts are pinned.", count),
        Act.UNPIN: lambda: ngettext("One post is no longer pinned.", "%(num)s posts are no longer pinned.", count),
        Act.TRASH: lambda: ngettext("One post is in the trash.", "%(num)s posts are in the trash.", count),
        Act.RESTORE: lambda: ngettext("One post is a draft again.", "%(num)s posts are drafts again.", count),
        Act.DELETE: lambda: ngettext("One post is gone for good.", "%(num)s posts are gone for good.", count),
    }
    return str(words[act]())
