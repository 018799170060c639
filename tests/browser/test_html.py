"""The HTML of every page and the stylesheets, as the Nu HTML checker of the W3C reads them."""

import json
import re
import subprocess

from tests.browser.sheets import SHEETS

MINUTES = 5
STYLESHEETS = ("public", "desk")
LANGUAGE = "This document appears to be written in German"  # true, and a post has no language of its own
NEWER = (  # than the checker's list
    "CSS: “container-type”: Property",
    "CSS: “field-sizing”: Property",
    "CSS: “--aside”: Parse Error",  # of the unit cqi
)


def test_every_page_every_post_and_the_stylesheets_are_valid(worlds, watch, vnu, tmp_path):
    names = {}
    for number, (name, body) in enumerate([*pages(worlds, watch), *posts(worlds, watch), *styles(worlds, watch)]):
        file = tmp_path / f"{number}.{'css' if name in STYLESHEETS else 'html'}"
        file.write_bytes(body)
        names[file.name] = name

    problems = check(vnu, tmp_path)

    assert len(names) > len(SHEETS) + 30
    assert not problems, "\n".join(f"{names[file]}: {problem}" for file, problem in problems)


def pages(worlds, watch):
    """The name and the HTML of every page, as it is sent: what scripts make of it is not judged."""
    asking = {}
    for sheet in SHEETS:
        world = worlds(sheet.world)
        if sheet.act:
            seen = watch(world, sheet.who)
            seen.show(sheet)
            yield sheet.name, seen.answer.body()
            continue
        who = (sheet.world, sheet.who)
        if who not in asking:
            asking[who] = watch(world, sheet.who).page.context.request
        answer = asking[who].get(world.url(sheet.path))
        assert answer.status == sheet.status, sheet
        yield sheet.name, answer.body()


def posts(worlds, watch):
    """The address and the HTML of every post of the demo."""
    world = worlds("demo")
    requests = watch(world).page.context.request
    archive = requests.get(world.url("/archive/")).text()
    for month in sorted(set(re.findall(r'href="(/archive/\d{4}/\d\d)"', archive))):
        for path in sorted(set(re.findall(r'"(/posts/[^"#?]+)"', requests.get(world.url(month)).text()))):
            yield path, requests.get(world.url(path)).body()


def styles(worlds, watch):
    """The name and the text of each stylesheet."""
    requests = watch(worlds("demo")).page.context.request
    for group in STYLESHEETS:
        yield group, requests.get(worlds("demo").url(f"/assets/{group}.000000000000.css")).body()


def check(vnu, folder):
    """Every error and warning that the checker finds in a folder, with the file's name."""
    run = subprocess.run(
        [*vnu, "--format", "json", "--stdout", "--exit-zero-always", "--also-check-css", str(folder)],
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
