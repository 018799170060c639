"""Broken, huge and hostile pictures through the form, and what a large good one costs."""

import io
import resource
import time
from pathlib import Path

import pytest

from blog.jobs import Worker
from blog.media.forms import MOST_AT_ONCE
from blog.media.models import Media
from tests.browser_like import Browser
from tests.media.hostile import MARK, hostile_pictures
from tests.media.pictures import encoded, photo
from tests.media.test_library import JSON
from tests.media.test_variants import write

pytestmark = [pytest.mark.one_database, pytest.mark.filterwarnings("ignore::UserWarning")]
MOST_IN_A_BODY = 15 * 2**20


@pytest.fixture
def browser(app, make) -> Browser:
    return Browser(app).sign_in(make.user("editor"))


def send(browser: Browser, token: str, pictures: list[tuple[str, bytes]]) -> dict[str, list[dict[str, str]]]:
    parts = [(io.BytesIO(content), f"{name}.png") for name, content in pictures]
    page = browser.post("/write/media", {"pictures": parts}, headers=JSON | {"X-CSRFToken": token})
    assert page.status in (201, 422), (page.status, [name for name, _ in pictures])
    return page.response.get_json()


def in_bodies(pictures: list[tuple[str, bytes]]) -> list[list[tuple[str, bytes]]]:
    """As many at once as a form takes."""
    bodies: list[list[tuple[str, bytes]]] = [[]]
    for one in pictures:
        if len(bodies[-1]) == MOST_AT_ONCE or sum(len(content) for _, content in [*bodies[-1], one]) > MOST_IN_A_BODY:
            bodies.append([])
        bodies[-1].append(one)
    return bodies


def test_three_hundred_hostile_pictures_do_no_harm(app, browser, record_property):
    pictures = list(hostile_pictures(heavy=False))
    assert len({content for _, content in pictures}) >= 300
    browser.get("/write/media")
    token = browser.page.all("input", name="csrf_token")[0].get("value")
    taken = refused = 0

    for body in in_bodies(pictures):
        said = send(browser, token, body)
        taken, refused = taken + len(said["pictures"]), refused + len(said["refused"])
        assert len(said["pictures"]) + len(said["refused"]) == len(body)
        assert all(one["reason"] for one in said["refused"])

    record_property("figure", f"{refused} hostile pictures refused, {taken} written anew")
    assert refused > 200
    for path in Path(app.config["INSTANCE_PATH"], "media").rglob("*.*"):
        assert MARK not in path.read_bytes()
    assert browser.get("/write/media").status == 200


@pytest.mark.verify
def test_each_hostile_picture_is_answered_within_a_second(app, make, record_property):
    most, slowest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, (0.0, "")
    for number, (name, content) in enumerate(hostile_pictures()):
        if number % 60 == 0:  # an account may send so many an hour, and a network a minute
            browser = Browser(app, address=f"10.1.{number // 60}.1").sign_in(make.user("author"))
            browser.get("/write/media")
            token = browser.page.all("input", name="csrf_token")[0].get("value")
        began = time.perf_counter()
        send(browser, token, [(name, content)])
        slowest = max(slowest, (time.perf_counter() - began, name))

    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most) / 1024
    record_property("figure", f"the hostile pictures took {grown:.0f} MB more memory at most")
    record_property("figure", f"the slowest of the hostile pictures took {slowest[0] * 1000:.0f} ms: {slowest[1]}")
    assert slowest[0] < 1, slowest
    assert grown < 100


@pytest.mark.verify
def test_a_picture_of_twelve_megapixels_costs_what_it_may(app, make, browser, visitor, record_property):
    sent = encoded(photo(4000, 3000), quality=92)
    browser.get("/write/media")
    token = browser.page.all("input", name="csrf_token")[0].get("value")

    began = time.perf_counter()
    [said] = send(browser, token, [("large", sent)])["pictures"]
    answered = time.perf_counter() - began
    began = time.perf_counter()
    Worker(app).work_off()
    made = time.perf_counter() - began

    assert make.fresh(Media(id=said["id"])).recipe == 1
    post = write(make, said["markdown"])
    page = visitor.get(f"/posts/{post.slug}")
    offered = dict(
        reversed(part.split()) for part in (page.one("source", type="image/avif").get("srcset") or "").split(", ")
    )
    on_a_phone = len(visitor.get(offered["1600w"]).response.data)  # 390 points, three pixels each
    record_property(
        "figure",
        f"12 megapixels, {len(sent) / 10**6:.1f} MB: answered in {answered * 1000:.0f} ms, variants in {made:.1f} s, "
        f"{on_a_phone / 1000:.0f} kB on a phone",
    )
    assert answered < 0.5
    assert made < 5
    assert on_a_phone <= len(sent) / 3
