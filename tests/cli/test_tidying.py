"""What a start of the server tidies up."""

from datetime import timedelta

from sqlalchemy import select, update

from blog import clock
from blog.auth.models import UserSession
from blog.cli.serve import _tidy_up
from blog.db import db
from blog.posts.models import Post


def test_dead_sessions_go_and_due_posts_are_counted(app, make, visitor):
    visitor.sign_in(make.user())
    make.post("Due", state="scheduled")
    past = clock.now() - timedelta(minutes=1)
    make.act(lambda: db.session.execute(update(UserSession).values(expires_at=past)) and None)
    make.act(lambda: db.session.execute(update(Post).values(published_at=past)) and None)

    with app.app_context():
        _tidy_up()

    assert make.read(lambda: db.session.scalar(select(UserSession.id))) is None
    assert make.read(lambda: db.session.scalar(select(Post.is_counted))) is True
