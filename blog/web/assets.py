"""Static files: one hash of them all in their addresses, so that browsers keep them for ever; the joined stylesheet."""

import base64
import gzip
import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, abort, current_app
from markupsafe import Markup
from whitenoise import WhiteNoise

blueprint = Blueprint("web", __name__)

_COMMENT = re.compile(rb"^[ \t]*(?://[^\n]*|/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*)\n", re.MULTILINE)
"""Whole lines that only explain: every script's, in what is sent compressed."""

IMMUTABLE = "public, max-age=31536000, immutable"


class Assets:
    """The folder of static files as it is at the start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        digest = hashlib.sha256()
        self._integrity = {}
        for path in files:
            name, content = path.relative_to(folder).as_posix(), path.read_bytes()
            digest.update(name.encode() + b"\0" + content)
            if path.suffix == ".js":
                self._integrity[name] = _integrity(content)
        self.prefix = f"/static/{digest.hexdigest()[:12]}/"
        self._groups = _read_order(folder / "css" / "order.txt")

    def url(self, name: str) -> str:
        """The address of a static file, such as `js/site.js`; it changes when any static file does."""
        return self.prefix + name

    def script(self, name: str, *, module: bool = True) -> Markup:
        """The element of a script, with the hash (SRI) without which the browser would run whatever a cache holds."""
        kind = Markup('type="module" ') if module else Markup()
        return Markup('<script {}src="{}" integrity="{}"></script>').format(kind, self.url(name), self._integrity[name])

    @cache  # noqa: B019  one object lives as long as the process
    def stylesheet(self, group: str, accent: str) -> tuple[str, bytes]:
        """The joined CSS of a group and the hash of it: its files in order, and the site's accent colour."""
        parts = [(self.folder / "css" / name).read_text(encoding="utf-8") for name in self._groups[group]]
        css = "\n".join(parts).replace('url("../', f'url("{self.prefix}')
        if group == "public":
            css += accent_css(accent)
        data = css.encode()
        return hashlib.sha256(data).hexdigest()[:12], data

    def compress(self, folder: Path) -> None:
        """Put the scripts without their comments, and gzip’s and Brotli’s of them, into `folder`.

        What an older version left there goes.
        """
        target = folder / self.prefix.split("/")[2]
        for old in folder.iterdir() if folder.exists() else ():
            if old != target:
                shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder))
        for name in self._integrity:
            content = _COMMENT.sub(b"", (self.folder / name).read_bytes())
            place = made / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
            Path(f"{place}.gz").write_bytes(gzip.compress(content, mtime=0))
            Path(f"{place}.br").write_bytes(brotli.compress(content))
        made.chmod(0o755)
        made.rename(target)

    def compressed(self, folder: Path) -> Path | None:
        """What `compress` made of these files, if it has."""
        made = folder / self.prefix.split("/")[2]
        return made if made.is_dir() else None

    def serve_from(self, made: Path) -> None:
        """What `compress` has made is served instead of the folder's own scripts."""
        self._integrity = {name: _integrity((made / name).read_bytes()) for name in self._integrity}

    def has_group(self, group: str) -> bool:
        """True for the names of stylesheets."""
        return group in self._groups


def init_app(app: Flask, folder: Path, *, accent: Callable[[], str]) -> None:
    """Serve the static files through WhiteNoise, and the stylesheets; `accent` tells the site's colour."""
    assets = Assets(folder)
    app.extensions["assets"] = assets
    app.extensions["accent"] = accent
    static = WhiteNoise(
        app.wsgi_app, root=assets.folder, prefix=assets.prefix, immutable_file_test=lambda _path, _url: True
    )
    if made := assets.compressed(compressed_folder(app)):
        assets.serve_from(made)
        static.add_files(made, prefix=assets.prefix)
    app.wsgi_app = static  # type: ignore[method-assign]  # Flask's documented way to put on a middleware
    app.jinja_env.globals["asset"] = assets.url
    app.jinja_env.globals["script"] = assets.script
    app.jinja_env.globals["stylesheet"] = stylesheet_url
    app.register_blueprint(blueprint)


def compressed_folder(app: Flask) -> Path:
    """Where `flask serve` puts the compressed scripts before its workers start."""
    return Path(app.config["INSTANCE_PATH"]) / "static"


def stylesheet_url(group: str = "public") -> str:
    """The address of a joined stylesheet; it changes with its content."""
    assets: Assets = current_app.extensions["assets"]
    return f"/assets/{group}.{assets.stylesheet(group, current_app.extensions['accent']())[0]}.css"


def asset_url(name: str) -> str:
    """The address of a static file; it changes with its content."""
    assets: Assets = current_app.extensions["assets"]
    return assets.url(name)


@blueprint.get("/assets/<group>.<digest>.css")
def show_stylesheet(group: str, digest: str) -> Response:
    """A joined stylesheet. An address of before the last change answers too, with today's, to be asked for again."""
    assets: Assets = current_app.extensions["assets"]
    if not assets.has_group(group):
        abort(404)

    current, css = assets.stylesheet(group, current_app.extensions["accent"]())

    response = Response(css, mimetype="text/css")
    response.headers["Cache-Control"] = IMMUTABLE if digest == current else "no-cache"
    return response


def accent_css(accent: str) -> str:
    """The tokens that follow the site's accent colour `#rrggbb`: as it is on light paper, paler on dark."""
    if not re.fullmatch(r"#[0-9a-f]{6}", accent):
        raise ValueError(f"not a colour: {accent!r}")
    return (
        f":root{{--accent:{accent};--accent-wash:color-mix(in oklab,{accent} 8%,white)}}"
        f"@supports (color:light-dark(red,red)){{:root{{"
        f"--accent:light-dark({accent},color-mix(in oklab,{accent} 45%,white));"
        f"--accent-wash:light-dark(color-mix(in oklab,{accent} 8%,white),color-mix(in oklab,{accent} 22%,#14120f))}}}}"
    )


def _integrity(content: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


def _read_order(path: Path) -> dict[str, list[str]]:
    """The groups of stylesheets and their files: `[group]` lines, a file name a line, `#` begins a comment."""
    groups: dict[str, list[str]] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = text.partition("#")[0].strip()
        if line.startswith("["):
            current = groups.setdefault(line.strip("[]"), [])
        elif line:
            current.append(line)
    return groups
