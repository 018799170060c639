"""Operations ask the right again, on what is true when they act: the pages before them may have been opened long ago."""

import pytest

from blog import clock
from blog.auth.models import User
from blog.auth.policies import NotAllowed
from blog.db import db
from blog.posts import operations, policies
from blog.posts.models import Post
from blog.posts.operations import Draft
from blog.posts.rendering import render_body
from blog.posts.revisions.texts import Text
from blog.site.settings import Publishers, SiteSettings

ACTS = {
    "save": lambda post, by: operations.save_post(
        post, Draft(Text("T", "B"), render_body("B")), by=by, edit_number=post.edit_number, now=clock.now()
    ),
    "publish": lambda post, by: operations.publish_post(post, by=by, at=clock.now(), now=clock.now()),
    "unpublish": lambda post, by: operations.unpublish_post(post, by=by, now=clock.now()),
    "withdraw": lambda post, by: operations.withdraw_post(post, by=by),
    "trash": lambda post, by: operations.trash_post(post, by=by, now=clock.now()),
    "restore": lambda post, by: operations.restore_post(post, by=by, now=clock.now()),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["reader", "author"])
def test_nobody_acts_on_the_post_of_another(make, act, role):
    post, other = make.post("Mine"), make.user(role)

    with pytest.raises(NotAllowed):
        make.act(lambda: ACTS[act](db.session.get(Post, post.id), db.session.get(User, other.id)))

    assert make.fresh(post).title == "Mine"


@pytest.mark.parametrize("act", ACTS)
def test_an_author_who_was_demoted_acts_no_more(make, act):
    author = make.user("author")
    post = make.post("Mine", author=author)

    def demoted():
        user = db.session.get(User, author.id)
        user.role = "reader"
        db.session.flush()
        db.session.refresh(user)
        ACTS[act](db.session.get(Post, post.id), user)

    with pytest.raises(NotAllowed):
        make.act(demoted)


@pytest.mark.parametrize(
    ("role", "owns", "may"),
    [
        ("reader", True, False),
        ("author", True, True),
        ("author", False, False),
        ("editor", False, True),
        ("admin", False, True),
    ],
)
@pytest.mark.parametrize("policy", ["can_edit", "can_trash"])
def test_who_may_work_on_a_post(make, role, owns, may, policy):
    user, other = make.user(role), make.user("author")

    assert getattr(policies, policy)(user, Post(author_id=user.id if owns else other.id)) is may


@pytest.mark.parametrize(
    ("role", "owns", "alone", "asked"),
    [
        ("reader", True, False, False),
        ("author", True, True, False),
        ("author", False, False, False),
        ("editor", False, True, True),
        ("admin", False, True, True),
    ],
)
def test_who_may_publish_a_post(make, role, owns, alone, asked):
    user, other = make.user(role), make.user("author")
    post = Post(author_id=user.id if owns else other.id)

    assert policies.can_publish(user, post, SiteSettings()) is alone
    assert policies.can_publish(user, post, SiteSettings(publishers=Publishers.EDITORS)) is asked


@pytest.mark.parametrize(("role", "alone"), [("reader", False), ("author", False), ("editor", True), ("admin", True)])
def test_who_needs_nobody_to_approve(make, role, alone):
    user = make.user(role)

    assert policies.publishes_alone(user, SiteSettings(publishers=Publishers.EDITORS)) is alone
    assert policies.publishes_alone(user, SiteSettings()) is (role != "reader")
    assert policies.can_review(user) is alone


@pytest.mark.parametrize(
    ("role", "owns", "may"), [("reader", True, False), ("author", True, True), ("author", False, False), ("editor", False, False)]
)  # fmt: skip
def test_who_may_submit_a_post(make, role, owns, may):
    user, other = make.user(role), make.user("author")

    assert policies.can_submit(user, Post(author_id=user.id if owns else other.id)) is may
