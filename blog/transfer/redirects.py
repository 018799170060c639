"""The addresses of the old site, as redirects to where their texts are now."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from blog.db import db
from blog.posts.models import OldSlug
from blog.site.models import Redirect
from blog.site.redirects import PATH_LENGTH, add_redirect, normal_path
from blog.transfer.plans import BATCH, Plan
from blog.transfer.report import Finding
from blog.transfer.sites import Site


class Redirects:
    """Who gets which old address, and which of them redirect already.

    Drafts and posts that are still to come get none: a redirect would tell that they exist. An import after they were
    published makes them.
    """

    def __init__(self, plans: Sequence[Plan], site: Site, *, own_paths: Collection[str], now: datetime) -> None:
        self.site = site
        self.count = 0
        self.findings: list[Finding] = []
        self._own = {path.rstrip("/") or "/" for path in own_paths} | {"/"}
        self._posts = {plan.address: plan for plan in plans}
        self._owners: dict[str, Plan] = {}
        self._wanted: dict[int, dict[str, None]] = {}
        public = [plan for plan in plans if _is_public(plan, now)]
        # The addresses that texts had come before those that they had once, and those before guesses.
        for addresses, is_sure in (
            ([plan.article.addresses[:1] for plan in public], True),
            ([plan.article.aliases for plan in public], True),
            ([plan.article.addresses[1:] for plan in public], False),
        ):
            for plan, paths in zip(public, addresses, strict=True):
                for path in self._variants(paths):
                    self._claim(plan, path, is_sure=is_sure)
        self._targets = _targets(self._owners)
        self._old_slugs = {row.slug: row.post_id for row in db.session.execute(select(OldSlug.slug, OldSlug.post_id))}

    def missing(self, plan: Plan) -> list[str]:
        """The old addresses of a post that do not redirect yet."""
        return [path for path in self._wanted.get(id(plan), {}) if not self._is_there(path, plan)]

    def make(self, plan: Plan) -> None:
        """Make them redirect, in the transaction at hand."""
        for path in self.missing(plan):
            self.count += add_redirect(path, plan.address)
            self._targets[path] = plan.address

    def _variants(self, paths: Iterable[str]) -> Iterator[str]:
        """Each path as redirects are kept, under the old site's own path too, with and without `.html`."""
        for path in paths:
            for prefix in dict.fromkeys((self.site.base_path, "")):
                normal = normal_path(prefix + path)
                yield normal
                for ending in (".html", ".htm"):
                    if normal.endswith(ending):
                        yield normal.removesuffix(ending)

    def _claim(self, plan: Plan, path: str, *, is_sure: bool) -> None:
        owner = self._owners.get(path)
        if path == plan.address or owner is plan:
            return
        problem = ""
        if owner is not None:
            problem = f"is that of {owner.file} too, and leads there"
        elif path in self._own:
            problem = "is a page of this blog"
        elif path in self._posts:
            problem = f"is that of the post of {self._posts[path].file} here"
        elif len(path) > PATH_LENGTH:
            problem = "is too long to be kept"
        else:
            self._owners[path] = plan
            self._wanted.setdefault(id(plan), {})[path] = None
        if problem and is_sure:
            self.findings.append(Finding(plan.file, f"its old address {path[:200]} {problem}"))

    def _is_there(self, path: str, plan: Plan) -> bool:
        target = self._targets.get(path)
        if target is None:
            return False
        slug = target.removeprefix("/posts/")
        if target != plan.address and not (plan.known and self._old_slugs.get(slug) == plan.known.id):
            self.findings.append(Finding(plan.file, f"its old address {path} leads to {target} already"))
        return True


def _is_public(plan: Plan, now: datetime) -> bool:
    article = plan.article
    return not article.is_draft and article.published_at is not None and article.published_at <= now


def _targets(paths: Iterable[str]) -> dict[str, str]:
    """Where these paths lead now."""
    wanted = list(paths)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), BATCH):
        rows = db.session.execute(
            select(Redirect.path, Redirect.target).where(Redirect.path.in_(wanted[start : start + BATCH]))
        )
        found.update({row.path: row.target for row in rows})
    return found
