"""Operations on comments ask the right again, on what is true when they act."""

import pytest

from blog import clock
from blog.auth.models import User
from blog.auth.policies import NotAllowed
from blog.comments import operations
from blog.comments.models import Comment
from blog.comments.operations import Remark
from blog.db import db
from blog.posts.models import Post


def test_an_account_that_sleeps_says_nothing(make):
    post, user = make.post(), make.user(deactivated_at=clock.now())

    with pytest.raises(NotAllowed):
        make.act(
            lambda: operations.create_comment(
                db.session.get(Post, post.id),
                Remark("x", "<p>x</p>"),
                author=db.session.get(User, user.id),
                parent=None,
                now=clock.now(),
            )
        )

    assert make.fresh(post).comment_count == 0


@pytest.mark.parametrize("role", ["reader", "author", "editor", "admin"])
def test_only_its_writer_deletes_a_comment(make, role):
    comment, other = make.comment(make.post()), make.user(role)

    with pytest.raises(NotAllowed):
        make.act(
            lambda: operations.delete_comment(
                db.session.get(Comment, comment.id), by=db.session.get(User, other.id), now=clock.now()
            )
        )

    assert make.fresh(comment).deleted_at is None
