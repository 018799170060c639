from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from blog.transfer.dates import date_in_name, date_in_path, read_moment

BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2020-06-01T09:00:00Z", "2020-06-01T09:00:00"),
        ("2020-06-01T09:00:00+02:00", "2020-06-01T07:00:00"),
        ("2020-06-01 09:00:00 +0200", "2020-06-01T07:00:00"),
        ("2020-06-01 09:00:00 -0500", "2020-06-01T14:00:00"),
        ("2020-06-01 09:00:00.123456789 UTC", "2020-06-01T09:00:00.123456"),
        ("2020-06-01T09:00", "2020-06-01T07:00:00"),
        ("2020-06-01 9:05 PM", "2020-06-01T19:05:00"),
        ("2020/6/1 09:00", "2020-06-01T07:00:00"),
        ("2020-06-01", "2020-05-31T15:00:00"),
        ("June 1, 2020", "2020-05-31T15:00:00"),
        ("1 Jun 2020 09:00", "2020-06-01T07:00:00"),
        ("Mon, 01 Jun 2020 09:00:00 +0000", "2020-06-01T09:00:00"),
        ("1590994800", "2020-06-01T07:00:00"),
        (1590994800, "2020-06-01T07:00:00"),
        (1590994800000, "2020-06-01T07:00:00"),
        (date(2020, 6, 1), "2020-05-31T15:00:00"),
        (datetime(2020, 6, 1, 9), "2020-06-01T07:00:00"),  # noqa: DTZ001  as TOML gives it
        (datetime(2020, 6, 1, 9, tzinfo=UTC), "2020-06-01T09:00:00"),
    ],
)
def test_a_date_is_read_however_it_is_written(value: object, expected: str) -> None:
    moment = read_moment(value, zone=BERLIN, day_zone=TOKYO)

    assert moment is not None
    assert moment.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "2020-02-30", "2020-13-01", True, None, [], "0001-01-01", "1969-12-31", "9" * 20, "10000-01-01"],
)
def test_what_names_no_moment_since_1970_is_none(value: object) -> None:
    assert read_moment(value, zone=UTC, day_zone=UTC) is None


def test_a_calendar_shows_the_day_that_was_written() -> None:
    moment = read_moment("2020-06-01 00:30", zone=TOKYO, day_zone=UTC)

    assert moment is not None
    assert f"{moment.on_calendar:%Y/%m/%d}" == "2020/06/01"
    assert moment.at.day == 31


def test_names_and_paths_hold_dates() -> None:
    assert date_in_name("2020-01-02-title-here") == (date(2020, 1, 2), "title-here")
    assert date_in_name("2020-1-2_title") == (date(2020, 1, 2), "title")
    assert date_in_name("2020-01-02") == (date(2020, 1, 2), "")
    assert date_in_name("2020-99-02-x") == (None, "2020-99-02-x")
    assert date_in_name("20200102-x")[0] is None
    assert date_in_path("2016/07/25/conf-lineup") == date(2016, 7, 25)
    assert date_in_path("/blog/2016/7/5/x.html") == date(2016, 7, 5)
    assert date_in_path("/1234/56/78/x") is None
    assert date_in_path("/v2020/01/02") is None
