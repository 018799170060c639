"""A real site, imported whole and crawled: set BLOG_TEST_CONTENT to its folder.

What a folder of hundreds of texts by hundreds of hands holds, no fixture does. Nothing here knows which site it is.
"""

import os
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from blog.db import db
from blog.media.current import media_folder
from blog.media.models import Media
from blog.posts.models import Post
from blog.site.models import Redirect
from tests.factories import Factory
from tests.transfer.crawl import crawl

CONTENT = os.environ.get("BLOG_TEST_CONTENT", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CONTENT).is_dir() or not CONTENT, reason="BLOG_TEST_CONTENT names no folder of a site"),
]


def run(app: Flask, *arguments: str) -> str:
    result = app.test_cli_runner().invoke(args=["import", "markdown", CONTENT, *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def numbers(report: str) -> dict[str, int]:
    found = {
        name: int(number) for number, name in re.findall(r"^ *(\d+) (imported|updated|unchanged|skipped)", report, re.M)
    }
    return found | {"found": int(re.search(r"^(\d+) texts? found", report)[1])}  # type: ignore[index]


def test_a_real_site_comes_along_whole(app: Flask, make: Factory) -> None:
    make.user("admin", "owner")

    first = run(app)
    second = run(app)

    told = numbers(first)
    assert told["found"] == told["imported"] + told["skipped"]
    skipped = re.search(r"^Skipped \((\d+)\):$", first, re.M)
    assert (int(skipped[1]) if skipped else 0) == told["skipped"], "each with its reason"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Post)) == told["imported"]
        redirects = db.session.execute(select(Redirect.path, Redirect.target)).all()
        stored = {
            path: path.stat().st_size for name in media_folder().names() if (path := media_folder().path_of(name))
        }
        sizes = sorted(db.session.scalars(select(Media.byte_size)))
    assert sorted(stored.values()) == sizes
    assert numbers(second) == told | {"imported": 0, "unchanged": told["imported"]}
    assert "0 pictures stored, 0 redirects made" in second

    found = crawl(app)
    assert found.broken == []
    assert found.broken_places == []
    client = app.test_client()
    for old, target in redirects:
        answer = client.get(old, base_url=app.config["BASE_URL"])
        assert (answer.status_code, answer.location) == (301, target)
        assert found.statuses.get(target) == 200, f"{old} leads to {target}, which no page links to"
