"""Scripts are compressed once, before the server starts."""

import base64
import gzip
import hashlib
import re
from collections import Counter
from pathlib import Path

import brotli

from blog import create_app
from blog.web.assets import Assets, compressed_folder
from tests.conftest import settings

STATIC = Path(__file__).resolve().parents[2] / "static"


def test_scripts_are_compressed_once_and_those_of_an_older_version_go(tmp_path):
    assets, folder = Assets(STATIC), tmp_path / "static"
    (folder / "0123456789ab").mkdir(parents=True)

    assets.compress(folder)
    (made,) = folder.iterdir()
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*")}
    assets.compress(folder)

    assert {path: path.stat().st_mtime_ns for path in made.rglob("*")} == before
    scripts = sorted((STATIC / "js").glob("*.js"))
    assert [path.name for path in sorted((made / "js").glob("*.js"))] == [path.name for path in scripts]
    for script in scripts:
        content = (made / "js" / script.name).read_bytes()
        assert brotli.decompress((made / "js" / f"{script.name}.br").read_bytes()) == content
        assert gzip.decompress((made / "js" / f"{script.name}.gz").read_bytes()) == content


def test_what_is_sent_is_the_script_without_what_explains_it(tmp_path):
    Assets(STATIC).compress(tmp_path)

    (made,) = tmp_path.iterdir()
    for script in (STATIC / "js").glob("*.js"):
        lines = iter(script.read_text(encoding="utf-8").splitlines())
        sent = (made / "js" / script.name).read_text(encoding="utf-8").splitlines()
        assert all(line in lines for line in sent), script.name  # each in its place
        left_out = Counter(script.read_text(encoding="utf-8").splitlines()) - Counter(sent)
        assert all(re.match(r"\s*(//|/\*\*|\*)", line) for line in left_out), script.name
        assert not any(re.match(r"\s*(//|/\*\*)", line) for line in sent), script.name


def test_a_browser_gets_the_compressed_script(tmp_path):
    known = settings(INSTANCE_PATH=str(tmp_path))
    first = create_app(known)
    first.extensions["assets"].compress(compressed_folder(first))
    address = first.extensions["assets"].url("js/write.js")

    second, site = create_app(known), known["BASE_URL"]
    client = second.test_client()
    plain, packed = (
        client.get(address, base_url=site, headers={"Accept-Encoding": coding}) for coding in ("identity", "br")
    )

    assert plain.status_code == packed.status_code == 200
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "br"
    assert brotli.decompress(packed.data) == plain.data
    seal = base64.b64encode(hashlib.sha384(plain.data).digest()).decode()
    assert f'"sha384-{seal}"' in second.extensions["assets"].script("js/write.js")
    assert "immutable" in packed.headers["Cache-Control"]
