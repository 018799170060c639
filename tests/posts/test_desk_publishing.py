"""Publishing, scheduling, taking back, throwing away, and what each says it will do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from blog import clock
from blog.db import db
from blog.posts.models import Post
from tests.browser_like import Browser


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


@pytest.fixture
def author(app, ines):
    """Her browser."""
    return Browser(app).sign_in(ines)


def publish(author, post, **fields):
    author.get(f"/write/{post.id}")
    return author.submit(f"/write/{post.id}", via=f"/write/{post.id}/publication", **fields)


def local(moment, zone="UTC"):
    """As a browser sends a date and time."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def test_publishing_saves_what_was_typed_and_shows_it_to_readers(author, make, ines, visitor):
    post = make.post("Draft", "Before.", author=ines, state="draft")

    page = publish(author, post, title="Ready", body="After.", slug="")

    assert (page.status, page.url) == (200, "/posts/ready")
    assert "Published." in page.text
    assert "After." in visitor.get("/posts/ready").text
    assert "Ready" in visitor.get("/").text
    assert abs(make.fresh(post).published_at - clock.now()) < timedelta(minutes=1)


def test_a_new_post_is_published_in_one_go(author, visitor):
    author.get("/write/new")

    author.submit("/write/new", via="/write/new/publication", title="At once", body="Here.")

    assert "Here." in visitor.get("/posts/at-once").text


def test_a_new_post_that_is_published_twice_is_one_post(author, make):
    form = author.get("/write/new")
    author.submit("/write/new", via="/write/new/publication", title="At once", body="Here.")
    author.page = form

    page = author.submit("/write/new", via="/write/new/publication", title="At once", body="Here.")

    assert page.url == "/posts/at-once"
    assert make.read(lambda: db.session.scalars(select(Post.slug)).all()) == ["at-once"]


@pytest.mark.parametrize("fields", [{"title": ""}, {"body": ""}, {"body": " \n "}])
def test_what_has_no_title_or_no_text_is_saved_but_not_published(author, make, ines, fields):
    author.get("/write/new")

    page = author.submit("/write/new", via="/write/new/publication", **({"title": "A", "body": "B"} | fields))

    assert "Saved, but not published" in page.text
    post = make.read(lambda: db.session.scalar(select(Post)))
    assert post.status == "draft"


def test_an_hour_to_come_schedules_in_the_sites_time_zone(author, make, ines, visitor):
    make.settings(time_zone="America/New_York")
    post = make.post("Later", author=ines, state="draft")
    at = (clock.now() + timedelta(days=2)).replace(second=0, microsecond=0)

    page = publish(author, post, publish_at=local(at, "America/New_York"))

    assert "Scheduled for" in page.text
    assert f"{at.astimezone(ZoneInfo('America/New_York')):%H:%M}" in page.text
    assert make.fresh(post).published_at == at
    assert visitor.get("/posts/later").status == 404
    assert "Later" in author.get("/write/scheduled").text
    assert page.one("input", id="publish_at").get("value") == local(at, "America/New_York")


def test_an_hour_that_clocks_skip_or_repeat_is_taken(author, make, ines):
    make.settings(time_zone="Europe/Berlin")
    post = make.post("Spring", author=ines, state="draft")

    for typed in ("2026-03-29T02:30", "2026-10-25T02:30"):
        assert publish(author, post, publish_at=typed).status == 200

    assert make.fresh(post).published_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_hour_that_is_past_dates_the_post_back(author, make, ines, visitor):
    post = make.post("Old news", author=ines, state="draft")

    publish(author, post, publish_at="2019-05-01T12:00")

    assert "Old news" in visitor.get("/archive/2019/05").text


def test_a_scheduled_post_is_given_another_hour_or_goes_out_at_once(author, make, ines, visitor):
    post = make.post("Later", author=ines, state="scheduled")
    other = (clock.now() + timedelta(days=9)).replace(second=0, microsecond=0)

    publish(author, post, publish_at=local(other))
    moved = make.fresh(post).published_at
    publish(author, post, publish_at="")

    assert moved == other
    assert visitor.get("/posts/later").status == 200


def test_saving_a_scheduled_post_leaves_its_hour_alone(author, make, ines):
    post = make.post("Later", author=ines, state="scheduled")
    author.get(f"/write/{post.id}")

    author.submit(f"/write/{post.id}", body="Better.", publish_at="2019-05-01T12:00")

    assert make.fresh(post).published_at == post.published_at
    assert make.fresh(post).body == "Better."


def test_saving_a_published_post_shows_readers_the_change_at_once(author, make, ines, visitor):
    post = make.post("Out", "Before.", author=ines)
    author.get(f"/write/{post.id}")

    author.submit(f"/write/{post.id}", body="After.")

    page = visitor.get("/posts/out")
    assert "After." in page.text
    assert "Before." not in page.text
    assert make.fresh(post).published_at == post.published_at


def test_publishing_checks_that_nobody_saved_in_between(app, author, make, ines):
    post = make.post("Ours", "Before.", author=ines, state="draft")
    mine = author.get(f"/write/{post.id}")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", body="The editor’s.")
    author.page = mine

    page = author.submit(f"/write/{post.id}", via=f"/write/{post.id}/publication", body="The author’s.")

    assert page.status == 409
    assert make.fresh(post).status == "draft"
    assert make.fresh(post).body == "The editor’s."


@pytest.mark.parametrize("state", ["published", "scheduled"])
def test_what_is_taken_back_is_a_draft_that_no_reader_sees(author, make, ines, visitor, state):
    post = make.post("Out", author=ines, state=state, tags=["Bread"])
    author.get(f"/write/{post.id}")

    page = author.submit("publication/deletion")

    assert "It is a draft again" in page.text
    assert make.fresh(post).status == "draft"
    assert visitor.get("/posts/out").status == 404
    assert visitor.get("/tags/bread").status in (200, 404)
    assert "Out" not in visitor.get("/").text


@pytest.mark.parametrize("state", ["draft", "published", "scheduled"])
def test_a_post_goes_into_the_trash_and_comes_back_as_a_draft(author, make, ines, visitor, state):
    post = make.post("Out", "Kept.", author=ines, state=state, tags=["Bread"])
    author.get(f"/write/{post.id}")

    thrown = author.submit("trashing")
    gone = visitor.get("/posts/out").status
    author.get(f"/write/{post.id}")
    author.submit("restoration")

    assert "Moved to the trash" in thrown.text
    assert gone == 404
    back = make.editable(post, ines)
    assert (back.status, back.body, [tag.name for tag in back.tags]) == ("draft", "Kept.", ["Bread"])
    assert visitor.get("/posts/out").status == 404


@pytest.mark.parametrize("act", ["trashing", "restoration", "publication/deletion"])
def test_an_act_that_is_sent_twice_is_done_once(author, make, ines, act):
    post = make.post("Out", author=ines, state="trashed" if act == "restoration" else "published")
    form = author.get(f"/write/{post.id}")

    first = author.submit(act)
    state = make.fresh(post).status
    author.page = form
    second = author.submit(act)

    assert (first.status, second.status) == (200, 200)
    assert make.fresh(post).status == state


def test_an_old_date_is_offered_again_when_a_post_is_published_anew(author, make, ines):
    post = make.post("Out", author=ines, at=datetime(2020, 2, 3, 4, 5, tzinfo=UTC))
    author.get(f"/write/{post.id}")
    author.submit("publication/deletion")

    page = author.get(f"/write/{post.id}")
    publish(author, post)

    assert "returns to its old place" in page.text
    assert make.fresh(post).published_at == datetime(2020, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "said", "acts"),
    [
        ("draft", "When you press Publish it appears on the home page, in the feed and in search", {"trashing"}),
        ("scheduled", "It goes out on 1 May 2090, 07:00", {"trashing", "unpublishing"}),
        ("published", "Readers have seen it since 3 February 2020, 04:05", {"trashing", "unpublishing"}),
        ("trashed", "In the trash", {"restoring"}),
    ],
)
def test_the_sheet_says_what_will_happen_and_offers_what_can_be_done(author, make, ines, state, said, acts):
    at = {"scheduled": datetime(2090, 5, 1, 7, tzinfo=UTC), "published": datetime(2020, 2, 3, 4, 5, tzinfo=UTC)}.get(
        state
    )
    post = make.post("A title", author=ines, state=state, at=at)

    page = author.get(f"/write/{post.id}")

    sheet = " ".join("".join(page.one("aside", id="sheet").itertext()).split())
    assert said in sheet
    assert {button.get("form") for button in page.all("button")} - {None} == acts


def test_the_sheet_knows_that_comments_are_closed_everywhere(author, make, ines):
    post = make.post("A title", author=ines, state="draft")
    before = author.get(f"/write/{post.id}").text

    make.settings(comments_open=False)

    said = "comments are closed on this site"
    assert said not in before
    assert said in author.get(f"/write/{post.id}").text


def test_counts_follow_every_act(author, make, ines, visitor):
    post = make.post("Out", author=ines, state="draft", tags=["Bread"])

    def shown():
        return [visitor.get(path).status for path in ("/posts/out", f"/archive/{clock.now():%Y}")]

    seen = [shown()]
    publish(author, post)
    seen.append(shown())
    author.get(f"/write/{post.id}")
    author.submit("trashing")
    seen.append(shown())

    assert seen == [[404, 404], [200, 200], [404, 404]]
    assert make.fresh(ines).post_count == 0


# The writer's own time zone


def in_zone(make, user, zone):
    make.act(lambda: setattr(db.session.get(type(user), user.id), "time_zone", zone))


def test_an_hour_is_typed_in_the_writers_zone_and_shown_in_both(author, make, ines, visitor):
    make.settings(time_zone="America/New_York")
    in_zone(make, ines, "Asia/Tokyo")
    post = make.post("Later", author=ines, state="draft")

    page = publish(author, post, publish_at="2090-01-15T09:00")

    assert make.fresh(post).published_at == datetime(2090, 1, 15, 0, 0, tzinfo=UTC)
    both = "14 January 2090, 19:00 (15 January 2090, 09:00 in Tokyo)"
    assert f"Scheduled for {both}." in page.text
    assert f"It goes out on {both}" in page.text
    assert "Time zone: Asia/Tokyo" in page.text
    assert page.one("input", id="publish_at").get("value") == "2090-01-15T09:00"
    assert both in author.get("/write/scheduled").text


def test_on_the_same_day_the_hour_is_enough(author, make, ines):
    make.settings(time_zone="Europe/London")
    in_zone(make, ines, "Europe/Berlin")
    post = make.post("Later", author=ines, state="draft")

    assert "15 January 2090, 08:00 (09:00 in Berlin)" in publish(author, post, publish_at="2090-01-15T09:00").text


def test_an_editor_reads_the_hour_of_another_in_their_own_zone(app, make, ines):
    editor = make.user("editor")
    in_zone(make, ines, "Asia/Tokyo")
    in_zone(make, editor, "Europe/Berlin")
    post = make.post("Later", author=ines, state="scheduled", at=datetime(2090, 1, 15, 0, 0, tzinfo=UTC))

    page = Browser(app).sign_in(editor).get(f"/write/{post.id}")

    assert page.one("input", id="publish_at").get("value") == "2090-01-15T01:00"


def test_where_the_clocks_agree_one_hour_is_shown(author, make, ines):
    make.settings(time_zone="Europe/Paris")
    in_zone(make, ines, "Europe/Berlin")
    post = make.post("Later", author=ines, state="draft")

    page = publish(author, post, publish_at="2090-01-15T09:00")

    assert "Scheduled for 15 January 2090, 09:00." in page.text
    assert "in Berlin)" not in page.text


@pytest.mark.parametrize(
    ("typed", "said", "moment"),
    [
        ("2031-03-30T02:30", "skip 02:30 on that day: it is 03:30.", datetime(2031, 3, 30, 1, 30, tzinfo=UTC)),
        ("2031-10-26T02:30", "02:30 twice in Berlin", datetime(2031, 10, 26, 0, 30, tzinfo=UTC)),
        ("2031-10-26T03:30", None, datetime(2031, 10, 26, 2, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_clocks_skip_or_repeat_is_named(author, make, ines, typed, said, moment):
    in_zone(make, ines, "Europe/Berlin")
    post = make.post("Later", author=ines, state="draft")

    page = publish(author, post, publish_at=typed)

    warnings = " ".join("".join(one.itertext()) for one in page.all("p") if "warning" in one.get("class", ""))
    assert make.fresh(post).published_at == moment
    assert said in warnings if said else "twice" not in warnings


def test_a_form_that_is_refused_gives_the_hour_back(author, make, ines):
    in_zone(make, ines, "Asia/Tokyo")
    post = make.post("Later", author=ines, state="draft")

    page = publish(author, post, publish_at="2090-01-15T09:00", slug="–––")

    assert page.status == 422
    assert page.one("input", id="publish_at").get("value") == "2090-01-15T09:00"


def test_a_zone_is_chosen_in_the_profile_by_those_who_write(author, make, ines, app):
    author.get("/account/")
    author.submit("/account/", time_zone="Asia/Tokyo")
    chosen = make.fresh(ines).time_zone
    author.submit("/account/", time_zone="Mars/Olympus")
    refused = author.page.status
    author.get("/account/")
    author.submit("/account/", time_zone="")

    assert (chosen, refused, make.fresh(ines).time_zone) == ("Asia/Tokyo", 422, None)
    assert not Browser(app).sign_in(make.user()).get("/account/").all("select", name="time_zone")


def test_an_open_editor_does_not_publish_what_is_in_the_trash(author, make, ines, visitor):
    post = make.post("Draft", "Before.", author=ines, state="draft")
    author.get(f"/write/{post.id}")
    make.act(lambda: db.session.get(Post, post.id).trash(clock.now()))

    page = author.submit(f"/write/{post.id}", via=f"/write/{post.id}/publication", body="Typed meanwhile.")

    assert "Restore it first" in page.text
    assert page.one("textarea", name="body").text.strip() == "Typed meanwhile."
    assert visitor.get("/posts/draft").status == 404
    assert make.fresh(post).status == "trashed"
