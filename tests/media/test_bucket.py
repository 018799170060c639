"""Pictures in a bucket: everything that works in the folder works there, and the way between the two."""

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import boto3
import pytest
from moto.server import ThreadedMotoServer

from blog import Blog, clock
from blog.jobs import Worker
from blog.media import queries
from blog.media.bucket import BucketAway, MediaBucket
from blog.media.current import media_folder, storage_at
from blog.media.pictures import read_picture
from blog.media.storage import FRESH
from tests.browser_like import Browser
from tests.cli.conftest import refusal, run
from tests.conftest import settings
from tests.media.pictures import encoded, photo, stored
from tests.media.test_library import send

pytestmark = pytest.mark.one_database
SECRET = "not/really+secret"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3 of our own."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def url(s3: str) -> str:
    """An empty bucket."""
    client = boto3.client(
        "s3", endpoint_url=s3, region_name="eu-1", aws_access_key_id="key", aws_secret_access_key=SECRET
    )
    name = f"pictures-{os.getpid()}-{next(_NUMBERS)}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-1"})
    return f"s3://key:not%2Freally%2Bsecret@{name}/of/the/blog?endpoint={s3}&region=eu-1"


_NUMBERS = iter(range(1000))


@contextmanager
def pictures_at(app: Blog, url: str | None) -> Iterator[None]:
    before, app.config["MEDIA_URL"] = app.config["MEDIA_URL"], url
    yield
    app.config["MEDIA_URL"] = before


@pytest.fixture
def in_bucket(app: Blog, url: str) -> Iterator[str]:
    with pictures_at(app, url):
        yield url


def test_a_file_is_kept_found_listed_and_deleted(url: str) -> None:
    bucket, picture, now = MediaBucket(url), read_picture(encoded(photo(60, 40))), clock.now()
    assert bucket.find(picture.name) is None

    bucket.keep(picture)
    bucket.keep(picture)

    found = bucket.find(picture.name)
    assert found is not None
    assert found.byte_size == len(picture.content) == len(bucket.read(picture.name))
    assert bucket.digest_of(picture.name) == picture.digest
    assert list(bucket.names()) == [picture.name]
    assert not bucket.remove(picture.name, now=now), "it is fresh"
    assert bucket.remove(picture.name, now=now + 2 * FRESH)
    assert bucket.remove(picture.name, now=now)
    assert list(bucket.files()) == []
    with pytest.raises(FileNotFoundError):
        bucket.read(picture.name)
    assert SECRET not in str(bucket)


@pytest.mark.parametrize("name", ["../x", "", "a/b.png", "aa/" + "b" * 30 + ".html"])
def test_no_other_name_leads_anywhere(url: str, name: str) -> None:
    bucket = MediaBucket(url)

    assert bucket.find(name) is None
    with pytest.raises(FileNotFoundError):
        bucket.read(name)


def test_pictures_are_sent_shown_and_deleted_out_of_a_bucket(app, make, visitor, in_bucket):
    author = make.user("author")
    browser = Browser(app).sign_in(author)

    page = send(browser, (encoded(photo(700, 90)), "a.jpg"), scripted=True)
    Worker(app).work_off()

    url, media_id = page.response.get_json()["pictures"][0]["url"], page.response.get_json()["pictures"][0]["id"]
    shown = visitor.get(url)
    assert (shown.status, shown.response.mimetype) == (200, "image/jpeg")
    assert "immutable" in shown.response.headers["Cache-Control"]
    again = visitor.get(url, headers={"If-None-Match": shown.response.headers["ETag"]})
    assert (again.status, again.response.data) == (304, b"")
    names = make.read(lambda: sorted(one.name for one in queries.stored_files()))
    assert len(names) == 7
    assert all(visitor.get(f"/media/{name}").status == 200 for name in names)
    with app.app_context():
        assert sorted(media_folder().names()) == names
        assert not list(storage_at(None).names()), "nothing is in the folder"
    browser.get(f"/write/media/{media_id}")
    assert browser.submit("/deletion", follow=False).status == 303
    with app.app_context():
        now = clock.now() + timedelta(days=1)
        assert all(media_folder().remove(name, now=now) for name in names)
        assert not list(media_folder().names())
    assert visitor.get(url).status == 404


def test_a_bucket_that_is_away_is_a_503_and_nothing_is_stored(app, make, visitor, url):
    media = stored(make, encoded(photo(60, 40)))
    away = "s3://key:secret@pictures/x?endpoint=http://127.0.0.1:9&region=eu-1"
    with pictures_at(app, away):
        assert visitor.get(media.url).status == 503
        page = send(Browser(app).sign_in(make.user("author")), encoded(photo(61, 40)), scripted=True)
        check = run(app, "check")

    assert page.status == 503
    assert "The pictures can't be looked at" in check.output
    assert "secret" not in check.output
    assert len(make.read(lambda: list(queries.stored_files()))) == 1
    with pytest.raises(BucketAway):
        MediaBucket(away).find(media.name)


def test_the_check_reads_the_bucket(app, make, in_bucket):
    whole, damaged, missing = (stored(make, encoded(photo(60 + number, 40))) for number in range(3))
    with app.app_context():
        media_folder().write(damaged.name, io.BytesIO(b"x"))
        media_folder().delete(missing.name)

    output = run(app, "check").output

    assert f"{damaged.name} is damaged" in output
    assert f"{missing.name} has no file" in output
    assert whole.name not in output


def test_a_backup_holds_what_is_in_the_bucket(app, make, in_bucket, tmp_path, another_blog, kind):
    media = stored(make, encoded(photo(60, 40)))
    assert run(app, "backup", tmp_path / "blog.zip").exit_code == 0
    other = another_blog(kind)

    assert run(other, "restore", "--verify", tmp_path / "blog.zip").exit_code == 0

    with other.app_context():
        assert list(media_folder().names()) == [media.name]


def test_what_is_mine_comes_out_of_the_bucket(app, make, in_bucket):
    media = stored(make, encoded(photo(60, 40)))
    browser = Browser(app).sign_in(make.user("author", picture_name=media.name))
    browser.get("/account/data")

    page = browser.submit("/archive", follow=False)

    with zipfile.ZipFile(io.BytesIO(page.response.data)) as archive, app.app_context():
        assert archive.read(f"media/{media.name}") == media_folder().read(media.name)


# Moving


def test_pictures_move_into_a_bucket_and_back(app, make, url, visitor):
    media = [stored(make, encoded(photo(60 + number, 40))) for number in range(3)]

    first = run(app, "media", "move", url)
    again = run(app, "media", "move", url)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "Copied 3 files" in first.output
    assert "Copied 0 files" in again.output
    assert SECRET not in first.output
    with pictures_at(app, url):
        assert all(visitor.get(one.url).status == 200 for one in media)
        new = stored(make, encoded(photo(80, 40)))
        back = run(app, "media", "move", "folder")
    assert "Copied 1 file " in back.output
    assert visitor.get(new.url).status == 200


def test_a_move_that_was_broken_off_goes_on_and_mends_what_is_damaged(app, make, url):
    media = [stored(make, encoded(photo(60 + number, 40))) for number in range(3)]
    with app.app_context():
        bucket = storage_at(url)
        bucket.write(media[0].name, io.BytesIO(media_folder().read(media[0].name)))
        bucket.write(media[1].name, io.BytesIO(b"half"))

    assert "Copied 2 files" in run(app, "media", "move", url).output

    with app.app_context():
        assert all(bucket.digest_of(one.name) == one.digest for one in media)


def test_a_move_tells_what_is_missing_or_damaged_or_in_vain(app, make, url):
    one, other = (stored(make, encoded(photo(60 + number, 40))) for number in range(2))
    with app.app_context():
        media_folder().delete(one.name)
        media_folder().write(other.name, io.BytesIO(b"x"))

    said = refusal(run(app, "media", "move", url))

    assert f"{one.name} is missing" in said
    assert f"{other.name} is damaged" in said
    assert "already" in refusal(run(app, "media", "move", "folder"))
    assert "Say where to" in refusal(run(app, "media", "move", "ftp://x"))
    assert "run it again" in refusal(
        run(app, "media", "move", "s3://a:b@pictures?endpoint=http://127.0.0.1:9&region=x")
    )


# The setting


@pytest.mark.parametrize(
    "value", ["s3://pictures", "s3://key:se%2Fcret@my-pictures/a/b?endpoint=http://127.0.0.1:9000&region=eu-1"]
)
def test_an_address_of_a_bucket_is_taken(value):
    assert settings(MEDIA_URL=value)["MEDIA_URL"] == value
    assert settings(MEDIA_URL="")["MEDIA_URL"] is None


@pytest.mark.parametrize(
    "value",
    ["https://pictures", "s3://", "s3://key@pictures", "s3://pictures/../x", "s3://pictures?endpoint=x", "s3://pictures?other=1",
     "s3://pictures?endpoint=https://x/path", "s3://Key:hidden@UPPER_CASE", "s3://pictures#x", "s3://pictures:99"],
)  # fmt: skip
def test_another_address_is_refused_without_its_secret(value):
    with pytest.raises(ValueError, match="MEDIA_URL must be like") as error:
        settings(MEDIA_URL=value)
    assert "hidden" not in str(error.value)
