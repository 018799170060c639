"""What a person sees in their browser when something goes wrong at our end, or too much is sent."""

import contextlib
import sqlite3

import pytest

from tests.browser.conftest import NARROW, WIDE

TEXT = "A long text that took an evening to write. " * 8


@pytest.fixture
def database(worlds):
    """The file of the demo's database, open beside the server."""
    with contextlib.closing(sqlite3.connect(worlds("demo").site.instance / "blog.db", isolation_level=None)) as found:
        yield found


def test_a_busy_database_gives_a_page_with_the_text_to_send_again(worlds, watch, database):
    seen = watch(worlds("demo"), "reader")
    seen.page.goto(worlds("demo").url("/posts/first-the-oil"))
    seen.page.get_by_label("Comment", exact=True).fill(TEXT)

    database.execute("BEGIN IMMEDIATE")
    try:
        seen.page.get_by_role("button", name="Send comment").click(timeout=60_000)
    finally:
        database.execute("ROLLBACK")

    assert seen.answer.status == 503
    assert seen.answer.header_value("Retry-After")
    seen.page.get_by_role("button", name="Send it again").click()
    seen.page.locator(".comment", has_text=TEXT.strip()).wait_for()


def test_a_fault_of_ours_gives_a_page_that_is_checked_like_any_other(worlds, watch, database, axe_source):
    seen = watch(worlds("demo"))
    database.execute("ALTER TABLE comments RENAME TO comments_away")
    try:
        seen.page.goto(worlds("demo").url("/posts/first-the-oil"))
        violations = seen.violations(axe_source)
    finally:
        database.execute("ALTER TABLE comments_away RENAME TO comments")

    assert seen.answer.status >= 500
    assert "Traceback" not in seen.page.content()
    assert not violations
    seen.page.reload()
    assert seen.answer.status == 200


def test_a_picture_that_is_too_large_gets_a_page_and_not_a_broken_connection(worlds, watch, axe_source):
    seen = watch(worlds("demo"), "reader")
    seen.page.goto(worlds("demo").url("/account/"))
    seen.page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "large.png", "mimeType": "image/png", "buffer": b"\x89PNG" + bytes(22 * 2**20)}
    )

    seen.page.get_by_role("button", name="Save profile").click()
    seen.page.wait_for_load_state("load")

    assert seen.answer.status == 413
    assert seen.page.get_by_role("heading", level=1).is_visible()
    assert not seen.violations(axe_source)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_notice_is_as_wide_as_the_column_below_it(worlds, watch, size, tmp_path):
    seen = watch(worlds("demo"), "reader")
    seen.page.set_viewport_size({"width": size[0], "height": size[1]})
    seen.page.goto(worlds("demo").url("/account/"))

    seen.page.get_by_role("button", name="Save profile").click()
    seen.page.locator(".notice").wait_for()
    seen.page.screenshot(path=tmp_path / "notice.png")

    notice, column = (seen.page.locator(of).bounding_box() for of in (".notice", ".job"))
    assert (notice["x"], notice["width"]) == (column["x"], column["width"])
