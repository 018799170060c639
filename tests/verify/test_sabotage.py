"""Does the suite notice? Each rule is broken in a copy of the code, and some test must turn red.

Run by `make verify`; `-s` shows which test noticed.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = [
    "tests/rules",
    "tests/posts",
    "tests/comments",
    "tests/auth",
    "tests/pages",
    "tests/admin",
    "tests/belongings",
    "tests/security",
]

pytestmark = pytest.mark.verify


def policies() -> Iterator[tuple[str, str]]:
    """Every policy: its module and its name."""
    for path in sorted((ROOT / "blog").rglob("policies.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name != "require":
                yield path.relative_to(ROOT).as_posix(), node.name


SABOTAGES = {
    "the commit is removed": ("blog/db/transactions.py", "    db.session.commit()\n", "    db.session.flush()\n"),
    "the visibility rule is removed": (
        "blog/posts/queries/scopes.py",
        "return and_(live(now), Post.visibility == Visibility.PUBLIC)",
        "return Post.id.is_not(None)",
    ),
    "scheduled posts are visible": (
        "blog/posts/queries/scopes.py",
        "return and_(Post.status == PostStatus.PUBLISHED, Post.published_at <= now)",
        "return Post.status == PostStatus.PUBLISHED",
    ),
    "unlisted and private posts are in lists": (
        "blog/posts/queries/scopes.py",
        "return and_(live(now), Post.visibility == Visibility.PUBLIC)",
        "return live(now)",
    ),
    "unlisted posts are in lists": (
        "blog/posts/queries/scopes.py",
        "return and_(live(now), Post.visibility == Visibility.PUBLIC)",
        "return and_(live(now), Post.visibility != Visibility.PRIVATE)",
    ),
    "private posts are read by everybody": (
        "blog/posts/queries/scopes.py",
        "for_all = Post.visibility != Visibility.PRIVATE",
        "for_all = Post.id.is_not(None)",
    ),
    "private posts are read by all who write": (
        "blog/posts/queries/scopes.py",
        "return and_(live(now), or_(for_all, editable_by(reader)))",
        "return live(now)",
    ),
    "private posts are read by who wrote them and writes no more": (
        "blog/posts/queries/scopes.py",
        "if reader is None or not reader.can_write:",
        "if reader is None:",
    ),
    "unlisted posts are counted": (
        "blog/posts/counts.py",
        "post.is_counted = post.is_listed(now)",
        "post.is_counted = post.is_live(now)",
    ),
    "the address of an unlisted post is told by its comments": (
        "blog/comments/queries.py",
        "readable_by(reader, now) & (theirs | editable_by(reader) if reader.can_write else theirs)",
        "readable_by(reader, now)",
    ),
    "a private post is linked to": (
        "blog/posts/linking.py",
        'readable_by(None, now).label("seen")',
        'Post.id.is_not(None).label("seen")',
    ),
    "everybody edits everything": (
        "blog/posts/queries/scopes.py",
        "return Post.id.is_not(None) if user.is_editor else Post.author_id == user.id",
        "return Post.id.is_not(None)",
    ),
    "a tag tells of hidden posts": (
        "blog/posts/queries/addresses.py",
        "seen = theirs.where(post_tags.c.tag_id == Tag.id, visible(now)).exists()",
        "seen = theirs.where(post_tags.c.tag_id == Tag.id).exists()",
    ),
    "comments on hidden posts are found": (
        "blog/comments/queries.py",
        ".where(Comment.id == comment_id, visible(now))",
        ".where(Comment.id == comment_id)",
    ),
    "the Markdown of hidden posts is shown": (
        "blog/posts/queries/addresses.py",
        "select(Post.title, Post.body).where(Post.slug == slug, visible(now))",
        "select(Post.title, Post.body).where(Post.slug == slug)",
    ),
    "the area of admins is open": (
        "blog/admin/__init__.py",
        "    if not can_administer(current_user):\n        abort(403)\n",
        "",
    ),
    "forged requests pass": ("blog/web/security.py", "    app.before_request(refuse_forged_requests)\n", ""),
    "the session outlives the account": ("blog/auth/models.py", " and self.user.is_active\n", "\n"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code to break."""
    target = tmp_path / "copy"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "instance", "demo-instance", "node_modules", "__pycache__", ".*_cache"
    )
    shutil.copytree(ROOT, target, ignore=ignored)
    return target


def run_suite(copy: Path) -> tuple[int, str]:
    parts = [part for part in PARTS if (copy / part).exists()]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow and not browser and not verify", "--no-header", "-p", "no:cacheprovider", *parts],
        cwd=copy, env=os.environ | {"TEST_DATABASE": "sqlite"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    noticed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done.returncode, "; ".join(noticed)[:200]


@pytest.mark.parametrize("name", SABOTAGES)
def test_a_rule_that_is_broken_stands_in_the_code(name):
    path, good, bad = SABOTAGES[name]

    assert (ROOT / path).read_text(encoding="utf-8").count(good) == 1
    assert good != bad


def test_the_copy_is_green_before_it_is_broken(copy):
    code, noticed = run_suite(copy)

    assert code == 0, noticed


@pytest.mark.parametrize("name", SABOTAGES)
def test_a_broken_rule_is_noticed(copy, name):
    path, good, bad = SABOTAGES[name]
    source = (copy / path).read_text(encoding="utf-8")
    assert good in source
    (copy / path).write_text(source.replace(good, bad), encoding="utf-8")

    code, noticed = run_suite(copy)

    print(f"\n{name}: {noticed}")
    assert code == 1


@pytest.mark.parametrize(("path", "policy"), list(policies()))
def test_a_policy_that_always_says_yes_is_noticed(copy, path, policy):
    source = (copy / path).read_text(encoding="utf-8")
    node = next(one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == policy)
    lines = source.splitlines()
    lines[node.body[1].lineno - 1 : node.end_lineno] = ["    return True"]
    (copy / path).write_text("\n".join(lines) + "\n", encoding="utf-8")

    code, noticed = run_suite(copy)

    print(f"\n{policy} always says yes: {noticed}")
    assert code == 1
