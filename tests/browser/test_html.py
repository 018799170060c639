"""The HTML of every page and the stylesheets, as the Nu HTML checker of the W3C reads them."""

import json
import re
import subprocess

import pytest

from tests.browser.sheets import SHEETS

MINUTES = 5
STYLESHEETS = ("public", "desk")
LANGUAGE = "This document appears to be written in German"  # true, and a post has no language of its own
NEWER = (  # than the checker's list
    "CSS: “container-type”: Property",
    "CSS: “field-sizing”: Property",
    "CSS: “--aside”: Parse Error",  # of the unit cqi
)


def test_every_page_is_valid_html(worlds, watch, vnu, tmp_path):
    names = {}
    for number, sheet in enumerate(SHEETS):
        seen = watch(worlds(sheet.world), sheet.who)
        seen.show(sheet)
        file = tmp_path / f"{number}.html"
        file.write_bytes(seen.answer.body())
        names[file.name] = sheet.name
        seen.page.context.close()

    problems = check(vnu, tmp_path, "--skip-non-html")

    assert not problems, "\n".join(f"{names[file]}: {problem}" for file, problem in problems)


def test_every_post_is_valid_html(worlds, watch, vnu, tmp_path):
    world = worlds("demo")
    requests = watch(world).page.context.request
    address = f"{world.site.url}/archive/"
    months = set(re.findall(r'href="(/archive/\d{4}/\d\d)"', requests.get(address).text()))
    posts = {
        link for month in months for link in re.findall(r'"(/posts/[^"#?]+)"', requests.get(world.url(month)).text())
    }
    for path in posts:
        (tmp_path / f"{path.rpartition('/')[2]}.html").write_bytes(requests.get(world.site.url + path).body())

    problems = check(vnu, tmp_path, "--skip-non-html")

    assert len(posts) > 30
    assert not problems, "\n".join(f"{file}: {problem}" for file, problem in problems)


@pytest.mark.parametrize("group", STYLESHEETS)
def test_the_stylesheets_are_valid_css(group, worlds, watch, vnu, tmp_path):
    world = worlds("demo")
    requests = watch(world).page.context.request
    css = requests.get(f"{world.site.url}/assets/{group}.000000000000.css").body()
    (tmp_path / f"{group}.css").write_bytes(css)

    problems = check(vnu, tmp_path, "--skip-non-css")

    assert css
    assert not problems, "\n".join(problem for _, problem in problems)


def check(vnu, folder, *options):
    """Every error and warning that the checker finds in a folder, with the file's name."""
    run = subprocess.run(
        [*vnu, "--format", "json", "--stdout", "--exit-zero-always", *options, str(folder)],
        capture_output=True, check=True, timeout=MINUTES * 60,
    )  # fmt: skip
    return [
        (
            message["url"].rpartition("/")[2],
            f"{message.get('subType', message['type'])}: {message['message']} near {message.get('extract', '')!r}",
        )
        for message in json.loads(run.stdout)["messages"]
        if (message["type"] != "info" or message.get("subType") == "warning")
        and not message["message"].startswith((LANGUAGE, *NEWER))
    ]
