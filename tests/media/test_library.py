"""The library: who sends what, what is refused, where pictures stand, and what becomes of them."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from blog import clock
from blog.auth.models import User
from blog.db import db
from blog.jobs import Worker
from blog.jobs.models import Job
from blog.media import queries
from blog.media.current import media_folder
from blog.media.forms import MOST_AT_ONCE, OVER_QUOTA, REFUSALS
from blog.media.models import FormerName, Media
from blog.media.pictures import Refusal
from blog.posts.models import Post
from blog.posts.operations import Draft, discard_pending, save_pending, set_lead_picture
from blog.posts.queries import find_editable
from blog.posts.rendering import render_body
from blog.posts.revisions.texts import Text
from tests.browser_like import Browser, Page
from tests.media.pictures import encoded, photo, stored
from tests.media.test_variants import write
from tests.together import send_at_once

JSON = {"Accept": "application/json"}


def png(colour: int = 0, width: int = 60) -> bytes:
    image = photo(width, 40)
    image.putpixel((0, 0), (colour % 256, colour // 256, 7))
    return encoded(image, "PNG")


@pytest.fixture
def author(make):
    return make.user("author")


@pytest.fixture
def browser(app, author) -> Browser:
    return Browser(app).sign_in(author)


@pytest.fixture
def quota(app):
    """A quota of so many bytes."""
    before = app.config["MEDIA_QUOTA_BYTES"]
    yield lambda size: app.config.update(MEDIA_QUOTA_BYTES=size)
    app.config["MEDIA_QUOTA_BYTES"] = before


def send(browser: Browser, *sent: bytes | tuple[bytes, str], scripted: bool = False, **fields: Any) -> Page:
    """Send pictures as the form does, or as a script."""
    browser.get("/write/media")
    parts = [one if isinstance(one, tuple) else (one, f"{number}.png") for number, one in enumerate(sent, 1)]
    pictures = [(io.BytesIO(content), name) for content, name in parts]
    token = browser.page.all("input", name="csrf_token")[0].get("value") if browser.page else None
    if scripted:
        headers = JSON | {"X-CSRFToken": token}
        return browser.post("/write/media", {"pictures": pictures, **fields}, headers=headers)
    return browser.post("/write/media", {"pictures": pictures, "csrf_token": token, "alt": "", **fields})


def media(make) -> list[Media]:
    return make.read(lambda: list(db.session.scalars(select(Media).order_by(Media.id))))


# Sending


def test_one_picture_is_sent_with_its_description(make, author, browser):
    page = send(browser, (png(), "holidays/harbour.png"), alt="The harbour at low tide")

    [one] = media(make)
    assert (page.status, page.location) == (303, f"/write/media/{one.id}")
    assert (one.uploader_id, one.alt, one.original_name) == (author.id, "The harbour at low tide", "harbour.png")
    shown = browser.get(page.location)
    assert "harbour.png" in shown.text
    assert shown.one("input", id="markdown").get("value") == f"![The harbour at low tide]({one.url})"
    assert browser.get(one.url).status == 200


def test_several_are_described_one_below_the_other(make, browser):
    page = send(browser, png(1), png(2), png(3), alt="not for several")
    one, other, third = media(make)
    assert (page.location, one.alt) == ("/write/media/descriptions", "")
    page = browser.get(page.location)

    browser.submit("/descriptions", **{f"alt-{one.id}": " One\nline ", f"alt-{other.id}": "Two"})

    assert [make.fresh(each).alt for each in (one, other, third)] == ["One line", "Two", ""]
    browser.get("/write/media/descriptions")
    assert [field.get("name") for field in browser.page.all("input", maxlength="500")] == [f"alt-{third.id}"]


def test_nobody_describes_the_pictures_of_others(app, make, browser):
    other = stored(make, png(), uploader=make.user("author"))
    mine = stored(make, png(1), uploader=None)
    browser.get("/write/media/descriptions")
    send(browser, png(2))
    browser.get("/write/media/descriptions")
    token = browser.page.all("input", name="csrf_token")[0].get("value")

    browser.post(
        "/write/media/descriptions",
        {"csrf_token": token, f"alt-{other.id}": "x", f"alt-{mine.id}": "x", "alt-9x": "x", f"alt-{10**12}": "x"},
    )

    assert {one.alt for one in media(make)} == {""}


def test_a_script_is_told_what_it_needs(make, browser):
    page = send(browser, (png(), "a.png"), (b"<svg/>", "b.svg"), scripted=True)

    assert page.status == 201
    [one] = media(make)
    said = page.response.get_json()
    assert said["refused"] == [{"file": "b.svg", "reason": str(REFUSALS[Refusal.SVG])}]
    assert said["pictures"] == [
        {"id": one.id, "file": "a.png", "name": one.name, "url": one.url, "width": 60, "height": 40, "alt": "",
         "markdown": f"![]({one.url})", "page": f"/write/media/{one.id}"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", Refusal.EMPTY),
        (b"no picture", Refusal.UNKNOWN_FORMAT),
        (b"<svg xmlns='x'/>", Refusal.SVG),
        (png()[:200], Refusal.BROKEN),
    ],
)
@pytest.mark.parametrize("scripted", [True, False])
def test_what_is_no_picture_is_refused_with_the_reason(make, browser, sent, reason, scripted):
    page = send(browser, (sent, "what.png"), scripted=scripted)

    assert page.status == 422
    assert not media(make)
    said = page.response.get_json()["refused"][0]["reason"] if scripted else page.errors()
    assert str(REFUSALS[reason]) in said


def test_a_form_without_a_picture_or_with_too_many_is_refused(make, browser):
    page = send(browser, alt="x")
    assert (page.status, "Choose a picture first." in page.errors()) == (422, True)
    assert send(browser, scripted=True).response.get_json()["refused"][0]["reason"] == "Choose a picture first."

    page = send(browser, *[(b"x", "x.png")] * (MOST_AT_ONCE + 1))

    assert (page.status, "at most 20" in page.errors()) == (422, True)
    assert not media(make)


def test_what_is_here_already_is_not_kept_twice_and_tells_nothing_of_its_owner(make, browser):
    first = stored(make, png(), uploader=make.user("author"), alt="Theirs")

    page = send(browser, png(), scripted=True)

    said = page.response.get_json()["pictures"][0]
    assert (said["id"], said["page"]) == (first.id, None)
    assert len(media(make)) == 1
    assert send(browser, png()).location == "/write/media/descriptions"


def test_readers_send_nothing(app, make):
    reader = Browser(app).sign_in(make.user())

    assert reader.get("/write/media").status == 403


# The quota


def test_a_picture_beyond_the_quota_is_refused_and_its_file_goes(app, make, author, browser, quota):
    stored(make, png(), uploader=author)
    [one] = media(make)
    quota(one.byte_size + 10)

    page = send(browser, png(1), scripted=True)

    assert (page.status, page.response.get_json()["refused"][0]["reason"]) == (422, str(OVER_QUOTA))
    assert send(browser, png(), scripted=True).status == 201, "what is here costs nothing"
    with app.app_context():
        assert list(media_folder().names()) == [one.name]
    quota(2 * one.byte_size + 10)
    assert send(browser, png(1), png(2), scripted=True).response.get_json()["refused"][0]["file"] == "2.png"
    assert len(media(make)) == 2
    assert make.read(lambda: queries.bytes_of(author.id)) <= 2 * one.byte_size + 10


def test_twenty_who_send_at_once_never_keep_more_than_the_quota(app, make, author, browser, quota):
    stored(make, png(), uploader=author)
    size = media(make)[0].byte_size
    quota(size * 4 + 20)
    token = browser.get("/write/media").all("input", name="csrf_token")[0].get("value")
    forms = [
        (browser, "/write/media", {"pictures": [(io.BytesIO(png(number)), "x.png")], "csrf_token": token, "alt": ""})
        for number in range(1, 21)
    ]

    statuses = send_at_once(app, forms)

    assert sorted(set(statuses)) == [303, 422]
    assert statuses.count(303) <= 4, "that many fit"
    assert make.read(lambda: queries.bytes_of(author.id)) <= size * 4 + 20
    waiting = select(Job).where(Job.kind == "media.remove_files")
    strays = make.read(lambda: {name for job in db.session.scalars(waiting) for name in job.payload["names"]})
    with app.app_context():
        assert set(media_folder().names()) - {one.name for one in media(make)} == strays


def test_editors_have_no_quota(app, make, quota):
    quota(1)

    assert send(Browser(app).sign_in(make.user("editor")), png(), scripted=True).status == 201


# Looking


def test_everybody_sees_their_own_and_editors_see_all(app, make, author, browser):
    mine, theirs = stored(make, png(), uploader=author), stored(make, png(1), uploader=make.user("author"))
    stored(make, png(2), uploader=author, is_portrait=True)
    editor = Browser(app).sign_in(make.user("editor"))

    def seen(who: Browser) -> set[int]:
        return {
            int(found[1])
            for link in who.get("/write/media").links()
            if (found := re.fullmatch(r"/write/media/(\d+)", link))
        }

    assert seen(browser) == {mine.id}
    assert seen(editor) == {mine.id, theirs.id}
    assert browser.get(f"/write/media/{theirs.id}").status == 404
    assert editor.get(f"/write/media/{theirs.id}").status == 200


def test_pictures_are_found_by_name_and_description_and_filtered(make, author, browser):
    used = stored(make, png(), uploader=author, original_name="Harbour.PNG")
    described = stored(make, png(1), uploader=author, alt="A 100% harbour", original_name="x.png")
    post = write(make, f"![]({used.url})")
    leading = stored(make, png(2), uploader=author, alt="lead")
    make.act(lambda: set_lead_picture(db.session.get(Post, post.id), leading.id))

    def seen(query: str) -> set[int]:
        links = browser.get(f"/write/media?{query}").links()
        return {int(found[1]) for link in links if (found := re.fullmatch(r"/write/media/(\d+)", link))}

    assert seen("q=harbour") == {used.id, described.id}
    assert seen("q=100%25+harb") == {described.id}
    assert seen("q=%25%25") == seen("q=nothing") == set()
    assert seen("only=unused") == {described.id}
    assert seen("only=undescribed") == {used.id}
    assert browser.get("/write/media?only=x").status == 404


def test_a_list_of_many_costs_what_a_list_of_one_does_and_goes_on(make, author, browser, count_queries):
    counts = []
    for number in range(26):
        stored(make, png(number), uploader=author)
        if number in (0, 20):
            with count_queries() as sent:
                browser.get("/write/media")
            counts.append(len(sent))

    page = browser.get("/write/media")

    assert len(set(counts)) == 1
    older = next(link for link in page.links() if "before=" in link)
    tiles = [
        len([link for link in browser.get(address).links() if re.fullmatch(r"/write/media/\d+", link)])
        for address in ("/write/media", older)
    ]
    assert tiles == [24, 2]


# One picture


def test_another_description_reaches_the_posts_that_leave_it_to_the_picture(app, make, author, browser):
    one = stored(make, png(), uploader=author, alt="Old")
    post = write(make, f"![]({one.url})")
    Worker(app).work_off()
    browser.get(f"/write/media/{one.id}")

    page = browser.submit(f"/write/media/{one.id}", follow=False, alt="New\nwords", caption='By "Jun"')

    Worker(app).work_off()
    assert page.status == 303
    assert 'alt="New words"' in make.fresh(post).body_html
    assert (
        browser.get(page.location).one("input", id="markdown").get("value") == f'![New words]({one.url} "By \\"Jun\\"")'
    )
    browser.get(f"/write/media/{one.id}")
    assert browser.submit(f"/write/media/{one.id}", follow=False, alt="x" * 501).status == 422


def replace(browser: Browser, one: Media, sent: bytes) -> Page:
    browser.get(f"/write/media/{one.id}")
    return browser.submit("/replacement", follow=False, picture=(io.BytesIO(sent), "new.png"))


def test_a_picture_is_replaced_wherever_it_stands(app, make, author, browser, visitor):
    one = stored(make, encoded(photo(700, 90)), uploader=author, alt="The harbour")
    post = write(make, f"![]({one.url})")
    Worker(app).work_off()
    before = {one.name, *make.read(lambda: queries.variant_names([one.id]))}
    assert len(before) == 7

    page = replace(browser, one, png(width=600))

    assert page.status == 303
    Worker(app).work_off()
    now = make.fresh(one)
    assert (now.width, now.alt, now.original_name) == (600, "The harbour", "new.png")
    html = make.fresh(post).body_html
    assert not [name for name in before if name in html]
    assert all(name in html for name in make.read(lambda: queries.variant_names([one.id])))
    for name in before:
        gone = visitor.get(f"/media/{name}")
        assert (gone.status, gone.location) == (302, now.url)
        assert "immutable" not in gone.response.headers.get("Cache-Control", "")
    assert (
        make.read(lambda: {name for job in db.session.scalars(select(Job)) for name in job.payload["names"]}) == before
    )


def test_what_was_replaced_can_come_back_and_be_replaced_again(app, make, author, browser, visitor):
    one = stored(make, png(), uploader=author)
    old = one.url

    replace(browser, one, png(1))
    assert replace(browser, one, png()).status == 303

    now = make.fresh(one)
    assert now.url != old, "the old name leads here, so it can't be the name"
    assert visitor.get(old).location == now.url
    assert replace(browser, one, png()).status == 303, "the same again changes nothing"
    assert make.fresh(one).url == now.url
    assert make.read(lambda: db.session.scalar(select(func.count()).select_from(FormerName))) == 2
    assert replace(browser, one, png(1)).status == 303


def test_a_replacement_is_refused_with_the_reason(make, author, browser, quota):
    one, other = stored(make, png(), uploader=author), stored(make, png(1), uploader=author)
    names = [make.fresh(each).name for each in (one, other)]

    assert "damaged" in replace(browser, one, png()[:300]).errors()
    assert "already" in replace(browser, one, png(1)).errors()
    quota(2 * one.byte_size + 20)
    page = replace(browser, one, png(2, width=200))

    assert (page.status, str(OVER_QUOTA) in page.errors()) == (422, True)
    browser.get(f"/write/media/{one.id}")
    assert browser.submit("/replacement", follow=False).status == 422
    assert [make.fresh(each).name for each in (one, other)] == names


def test_a_picture_that_stands_somewhere_is_not_deleted(app, make, author, browser):
    one = stored(make, png(), uploader=author)
    post = write(make, f"![]({one.url})")
    page = browser.get(f"/write/media/{one.id}")
    assert not [form for form in page.all("form") if "deletion" in (form.get("action") or "")]
    token = page.all("input", name="csrf_token")[0].get("value")

    page = browser.post(f"/write/media/{one.id}/deletion", {"csrf_token": token})

    assert page.status == 409
    assert "A post of somebody else" in page.text, "the post is another author's"
    assert make.fresh(one)
    editor = Browser(app).sign_in(make.user("editor"))
    assert post.title in editor.get(f"/write/media/{one.id}").text


def test_a_picture_in_a_change_that_waits_to_be_published_is_in_use(app, make, author, browser):
    one, post = stored(make, png(), uploader=author), make.post(author=author)
    session = make.act(lambda: find_editable(post.id, db.session.get(User, author.id)).edit_number)
    with app.app_context():
        document = render_body(f"![]({one.url})")

    def wait() -> None:
        writer = db.session.get(User, author.id)
        typed = Draft(Text(title="A", body=f"![]({one.url})"), document)
        save_pending(find_editable(post.id, writer), typed, by=writer, edit_number=session, now=clock.now())

    make.act(wait)
    token = browser.get(f"/write/media/{one.id}").all("input", name="csrf_token")[0].get("value")

    assert browser.post(f"/write/media/{one.id}/deletion", {"csrf_token": token}).status == 409
    Worker(app).work_off()
    assert browser.post(f"/write/media/{one.id}/deletion", {"csrf_token": token}).status == 409
    make.act(
        lambda: discard_pending(
            find_editable(post.id, db.session.get(User, author.id)), by=db.session.get(User, author.id), now=clock.now()
        )
    )
    assert browser.post(f"/write/media/{one.id}/deletion", {"csrf_token": token}).status == 303


@pytest.mark.parametrize("use", ["lead", "portrait"])
def test_leading_a_post_and_standing_in_a_profile_are_uses(make, author, browser, use):
    one = stored(make, png(), uploader=author)
    if use == "lead":
        post = make.post()
        make.act(lambda: set_lead_picture(db.session.get(Post, post.id), one.id))
    else:
        make.user(picture_name=one.name)
    token = browser.get(f"/write/media/{one.id}").all("input", name="csrf_token")[0].get("value")

    assert browser.post(f"/write/media/{one.id}/deletion", {"csrf_token": token}).status == 409


def test_an_unused_picture_is_deleted(app, make, author, browser, visitor):
    one = stored(make, png(), uploader=author)
    browser.get(f"/write/media/{one.id}")

    page = browser.submit("/deletion", follow=False)

    assert (page.status, page.location) == (303, "/write/media")
    assert make.fresh(one) is None
    assert visitor.get(one.url).status == 404


# Profiles


def test_the_old_picture_of_a_profile_goes(app: Flask, make, author, browser):
    def wear(sent: bytes) -> Media:
        browser.get("/account/")
        assert browser.submit("/account/", follow=False, picture=(io.BytesIO(sent), "me.png")).status == 303
        return make.read(lambda: queries.media_by_name(make.fresh(author).picture_name))

    first = wear(png())
    assert first.is_portrait

    second = wear(png(width=70))

    assert [one.id for one in media(make)] == [second.id]
    assert make.read(lambda: [job.payload["names"] for job in db.session.scalars(select(Job))]) == [[first.name]]
    library = stored(make, png(2), uploader=author)
    make.act(lambda: setattr(db.session.get(type(author), author.id), "picture_name", library.name))
    wear(png(width=80))
    assert make.fresh(library), "a picture of the library stays there"
