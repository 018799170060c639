"""What the documents say is so: nothing is undocumented, nothing is documented that is not there."""

import ast
import importlib
import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatch
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import pytest

import config
from blog import create_app
from blog.web.guard import SECURITY_HEADERS, STRICT_TRANSPORT_SECURITY
from tests.conftest import settings
from tests.rules.documents import ROOT, documents, read, spans
from tests.rules.test_access import ACCESS

FLASKS_OWN = {"routes", "run", "shell"}
WHO = {
    "page": "everybody",
    "member": "members",
    "author": "authors",
    "editor": "editors",
    "owner": "the author",
    "own": "the writer",
    "admin": "admins",
}
NOT_ADDRESSES = re.compile(r"/(\d{4}|dev|etc|home|opt|proc|root|run|srv|static|tmp|usr|var)(/|$)")
"""Paths of a machine, the folder of static files, which is none of the routes, and dated addresses of imported sites."""
UNITS = {
    "millisecond": timedelta(milliseconds=1), "second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1),
    "MiB": 2**20, "KiB": 1, "byte": 1, "character": 1, "": 1,
}  # fmt: skip
NO_LIMITS = {"SECRET_LENGTH"}
"""Figures that bound nothing that anybody meets."""
# What only the machine knew on which the code was written. The patterns are written so as not to find themselves.
LEFT_BEHIND = re.compile(
    r"\.\./share[d]|/wor[k]/|/tmp/[c]\b|\bsub[-]?agen[t]|session[ ]cut|files\.python[h]osted|registry\.npm[j]s"
)


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """The app; nothing here asks its database."""
    return create_app(settings(INSTANCE_PATH=str(tmp_path_factory.mktemp("documentation"))))


# Settings


def settings_read() -> dict[str, str | None]:
    """The environment variables that config.py reads, with their defaults where they are plain."""
    found: dict[str, str | None] = {}
    for node in ast.walk(ast.parse((ROOT / "config.py").read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="environ"), attr="get"),
                args=[ast.Constant(value=str(name)), *more],
            ):
                found[name] = more[0].value if more and isinstance(more[0], ast.Constant) else None
            case ast.Subscript(value=ast.Name(id="environ"), slice=ast.Constant(value=str(name))):
                found[name] = None
    return found


def settings_documented() -> dict[str, str]:
    """The settings of the README's table, with their defaults."""
    table = next(read(ROOT / "README.md").tables("Setting"))
    return {spans(row[0])[0]: row[1].strip("`") for row in table.rows}


def test_every_setting_is_in_the_readme_and_no_other():
    assert set(settings_documented()) == set(settings_read())


def test_the_readme_has_the_defaults_of_the_settings():
    documented = settings_documented()

    wrong = {name: default for name, default in settings_read().items() if default and documented[name] != default}

    assert len(documented) > 5
    assert not wrong


def test_no_document_sets_what_is_no_setting():
    variables = re.findall(r"^(\w+) [?:]=", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    known = {*settings_read(), *variables, "LOCALE", *variables_of_tests(), "FLASK_APP", "PATH"}

    unknown = {
        (document.name, name)
        for document in documents()
        for line in document.code
        for name in re.findall(r"(?:^|\s)([A-Z][A-Z_]{2,})=", line)
        if name not in known
    }

    assert not unknown


def test_every_variable_of_the_tests_is_documented():
    documented = {
        name for row in next(read(ROOT / "CONTRIBUTING.md").tables("Variable")).rows for name in spans(row[0])
    }

    assert documented == variables_of_tests()


def variables_of_tests() -> set[str]:
    """The environment variables by which tests are chosen, and told where things are."""
    texts = [(ROOT / "tests" / name).read_text(encoding="utf-8") for name in ("conftest.py", "parts.py")]
    found = {name for text in texts for name in re.findall(r"environ\.get\(\s*[\"'](\w+)[\"']", text)}
    return {name for name in found if not name.startswith("PYTEST_")}


# Commands


def commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command below `group`, with the words by which it is called."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def called(line: str) -> list[str] | None:
    """The words after `flask` in a line of code, up to the end of the command; None if it is none."""
    match = re.search(r"(?:^|[\s/])flask\s+(?:(?:--app|-A)\s+\S+\s+)?(.+)", line)
    if match is None:
        return None
    try:
        words = shlex.split(match[1], comments=True)
    except ValueError:  # a sentence with an apostrophe, say
        words = match[1].split()
    ends = [place for place, word in enumerate(words) if word in ("|", "||", "&&", ";", ">")]
    return words[: ends[0]] if ends else words


def problem_of(words: list[str], group: click.Group) -> str | None:
    """What is wrong with such a command, if anything is."""
    command: click.Command = group
    while isinstance(command, click.Group) and words and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        if command is group and words[0] in FLASKS_OWN:
            return None
        if words[0] not in command.commands:
            return f"there is no {words[0]}"
        command = command.commands[words.pop(0)]
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    unknown = {word.partition("=")[0] for word in words if word.startswith("--")} - options
    return f"it has no {', '.join(sorted(unknown))}" if unknown else None


def test_every_command_is_documented(blog):
    document = read(ROOT / "docs" / "commands.md")
    documented = [" ".join(called(span) or []) for span in document.code]

    missing = [
        path
        for path, _ in commands(blog.cli)
        if not any(words == path or words.startswith(f"{path} ") for words in documented)
    ]

    assert not missing


def test_every_option_is_documented_with_its_command(blog):
    missing = []
    for path, command in commands(blog.cli):
        if not command.callback or not command.callback.__module__.startswith("blog."):
            continue  # Flask-Migrate explains its own
        under = [
            section
            for section in read(ROOT / "docs" / "commands.md").sections
            if " ".join(called(section.heading.strip("`")) or []).startswith(path)
        ]
        options = [max(one.opts, key=len) for one in command.params if isinstance(one, click.Option)]
        written = " ".join(code for section in under for code in section.code)
        missing += [f"{path} {name}" for name in options if name not in written]

    assert not missing


def test_no_document_names_a_command_that_is_not_there(blog):
    wrong = {
        (document.name, line, problem)
        for document in documents()
        for line in document.code
        if (words := called(line)) and (problem := problem_of(words, blog.cli))
    }

    assert not wrong


# Addresses


def plain(rule: str) -> str:
    """A rule without its converters: `/write/<post_id>`."""
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"<\1>", rule)


def routes(app: Any) -> dict[str, tuple[set[str], set[str]]]:
    """The methods and who reaches it, for every address."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for rule in app.url_map.iter_rules():
        methods, who = found.setdefault(plain(rule.rule), (set(), set()))
        methods.update(set(rule.methods) - {"HEAD", "OPTIONS"})
        who.add(WHO[ACCESS[rule.endpoint]])
    return found


def test_every_address_is_documented_as_it_is_and_no_other(blog):
    documented = {
        spans(row[0])[0]: (set(row[1].split(", ")), {row[2]})
        for table in read(ROOT / "docs" / "addresses.md").tables("Address")
        for row in table.rows
    }
    actual = routes(blog)

    assert set(documented) == set(actual)
    assert {address: documented[address] for address in actual if documented[address] != actual[address]} == {}


def test_no_document_names_an_address_that_is_not_there(blog):
    patterns = [re.sub(r"<\w+>", "[^/]+", re.sub(r"\.(?=\w)", r"\\.", address)) for address in routes(blog)]
    unknown = {
        (document.name, span)
        for document in documents()
        for section in document.sections
        for span in section.spans
        if re.fullmatch(r"(?:(?:GET|POST) )?/[\w<>/.~-]*", span)
        and not NOT_ADDRESSES.match(address := span.split()[-1])
        if not any(
            re.fullmatch(pattern, address.rstrip(".…")) or pattern.startswith(address + "/") for pattern in patterns
        )
        and not (address.endswith("/") and any(pattern.startswith(address) for pattern in patterns))
    }

    assert not unknown


# Libraries and targets


def test_every_library_is_documented_and_no_other():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    documented = [
        name
        for table in read(ROOT / "docs" / "architecture.md").tables("Library")
        for row in table.rows
        for name in spans(row[0])
    ]

    assert sorted(documented) == sorted({re.split(r"[^\w.-]", one, maxsplit=1)[0].lower() for one in wanted})


def test_every_make_target_is_documented_and_no_other():
    rules = re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    documented = {
        target
        for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md")
        for line in read(ROOT / name).code
        for target in targets(line)
    }
    named = {target for document in documents() for line in document.code for target in targets(line)}

    assert documented >= set(rules)
    assert named <= set(rules)


def targets(line: str) -> list[str]:
    """The targets of make that a line of code names."""
    return re.findall(r"(?:^|&& |; )(?:[A-Z]+=\S+ )*make ([a-z][a-z-]*)", line.partition(" #")[0])


# Figures


def value_of(written: str) -> Any:
    """What a document says: `15 minutes`, `20 MiB`, `1,000`."""
    match = re.fullmatch(r"([\d,]+) ?([A-Za-z]*?)s?", written)
    assert match, written
    unit = UNITS[match[2]]
    return int(match[1].replace(",", "")) * unit


def constant(name: str) -> Any:
    """What the code says: `blog.auth.throttles.FIRST_WAIT`, `app.config["MAX_BODY_BYTES"]`."""
    if key := re.fullmatch(r'app\.config\["(\w+)"\]', name):
        return config.load({})[key[1]]
    parts = name.split(".")
    module = next(".".join(parts[:end]) for end in range(len(parts) - 1, 0, -1) if is_module(".".join(parts[:end])))
    value = reduce(getattr, parts[module.count(".") + 1 :], importlib.import_module(module))
    if name.endswith(("_SECONDS", "_MS")):
        return timedelta(milliseconds=value) if name.endswith("_MS") else timedelta(seconds=value)
    return value


def is_module(name: str) -> bool:
    return any((ROOT / f"{name.replace('.', '/')}{suffix}").exists() for suffix in (".py", "/__init__.py"))


def test_the_figures_of_the_security_page_are_those_of_the_code():
    rows = [row for table in read(ROOT / "SECURITY.md").tables("Figure") for row in table.rows]

    wrong = [(what, written) for what, written, name in rows if value_of(written) != constant(spans(name)[0])]

    assert len(rows) > 25
    assert not wrong


@pytest.mark.parametrize(
    "module",
    ["blog.web.guard", "blog.web.guard.bodies", "blog.auth.throttles", "blog.auth.models", "blog.auth.passwords",
     "blog.comments.models", "blog.web.links"],
)  # fmt: skip
def test_no_limit_is_missing_on_the_security_page(module):
    documented = {spans(row[2])[0] for table in read(ROOT / "SECURITY.md").tables("Figure") for row in table.rows}
    path = ROOT / module.replace(".", "/")
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")

    made_here = re.findall(r"^([A-Z][A-Z_]+)(?: *:[^=]+)? = ", source, re.M)
    figures = [name for name in made_here if isinstance(constant(f"{module}.{name}"), int | timedelta)]
    missing = [name for name in figures if f"{module}.{name}" not in documented and name not in NO_LIMITS]

    assert figures
    assert not missing


def test_the_headers_of_the_security_page_are_those_of_the_guard():
    rows = next(read(ROOT / "SECURITY.md").tables("Header")).rows

    documented = {name: spans(value)[0] for name, value in rows}

    assert documented == SECURITY_HEADERS | {"Strict-Transport-Security": STRICT_TRANSPORT_SECURITY}


# Files


def test_links_between_documents_lead_somewhere():
    broken = []
    for document in documents():
        for link in (link for section in document.sections for link in section.links):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, fragment = unquote(link).partition("#")
            target = (document.path.parent / path).resolve() if path else document.path
            found = target.exists() and target.is_relative_to(ROOT)
            if not found or (fragment and (target.suffix != ".md" or fragment not in read(target).anchors)):
                broken.append((document.name, link))

    assert not broken


def test_every_document_is_linked_from_another():
    linked = {
        (document.path.parent / link.partition("#")[0]).resolve()
        for document in documents()
        for section in document.sections
        for link in section.links
        if not link.startswith("#")
    }

    assert set((ROOT / "docs").glob("*.md")) <= linked


def test_the_change_log_begins_with_what_is_not_released():
    headings = [section.heading for section in read(ROOT / "CHANGELOG.md").sections]

    assert headings[2] == "Unreleased"
    assert len(headings) > 3


def test_no_file_names_what_only_the_machine_knew_where_it_was_written():
    found = {
        (path.relative_to(ROOT).as_posix(), match[0])
        for path in files(ROOT)
        for match in LEFT_BEHIND.finditer(path.read_bytes().decode("utf-8", "ignore"))
    }

    assert not found


def files(folder: Path) -> Iterator[Path]:
    """The files of the repository: all but those that .gitignore names."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()] + [".git"]
    for path in sorted(folder.iterdir()):
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path
