"""Articles -> posts. Each is written in a transaction of its own; a second import of the same folder changes nothing.

A post remembers where it came from (`import_key`) and two digests (`import_digest`): of what the folder said, by which
an unchanged text is known, and of what was written, by which a post is known that somebody edited here since.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import selectinload

from blog.auth.models import User
from blog.db import db, transaction
from blog.markdown import Document
from blog.media.storage import Storage
from blog.posts import operations as posts
from blog.posts.counts import tags_with_counts
from blog.posts.models import (
    BODY_LENGTH,
    CO_AUTHORS_AT_MOST,
    EXCERPT_LENGTH,
    SERIES_LENGTH,
    TAG_LENGTH,
    TAGS_PER_POST,
    TITLE_LENGTH,
    Post,
    PostStatus,
)
from blog.posts.operations import Draft
from blog.posts.queries import co_author_names
from blog.posts.rendering import render_body
from blog.posts.revisions.texts import Text
from blog.posts.text import slugify
from blog.transfer.addresses import AddressBook, ToPicture
from blog.transfer.articles import Article
from blog.transfer.authors import Authors
from blog.transfer.folder import Reading, SkippedFile, read_folder
from blog.transfer.links import links
from blog.transfer.pictures import Pictures, Stored
from blog.transfer.plans import HALF, Plan, make_plans, written_digest
from blog.transfer.redirects import Redirects
from blog.transfer.report import Finding, Report
from blog.transfer.rewriting import Rewriter
from blog.transfer.sites import Site

log = logging.getLogger(__name__)

Watch = Callable[[Sequence[Any], str], Iterable[Any]]
"""Lets a list be watched while it is worked through: what it gives back are the items of the list."""


@dataclass(frozen=True)
class Settings:
    """What an import needs to know of this blog."""

    author: User
    """Who is given the texts that name nobody."""
    media: Storage
    day_zone: tzinfo
    """Where the days of dates begin: the blog's time zone."""
    host: str
    own_paths: Collection[str] = frozenset()
    """Paths that the blog itself answers, which no redirect can take."""


def import_folder(
    site: Site, settings: Settings, *, now: datetime, dry_run: bool = False, watch: Watch = lambda items, _label: items
) -> Report:
    """Make posts of the folder's texts, and say what was done; a dry run only says what would be.

    A text that can't be imported is reported and never stops the others. Raises what the database raises when it
    can't be written at all; what was imported until then stays, and another run goes on from there.
    """
    reading = read_folder(site, day_zone=settings.day_zone, now=now, each=lambda paths: iter(watch(paths, "Reading")))
    run = _Import(reading, settings, now=now, dry_run=dry_run)
    for plan in watch(run.plans, "Importing"):
        run.take(plan)
    return run.finish()


class _Import:
    """One run."""

    def __init__(self, reading: Reading, settings: Settings, *, now: datetime, dry_run: bool) -> None:
        self.now, self.dry_run = now, dry_run
        self.report = Report(skipped=list(reading.skipped), is_dry_run=dry_run)
        self.given = reading.site.given
        reading.articles = [article for article in reading.articles if self._fits(article)]
        self.plans = make_plans(reading.articles, map(self._file, reading.articles))
        self.authors = Authors(settings.author)
        self.pictures = Pictures(settings.media)
        self.redirects = Redirects(self.plans, reading.site, own_paths=settings.own_paths, now=now)
        book = AddressBook(reading, new_host=settings.host, tag_slugs=self._tag_slugs(reading.articles))
        self.rewriter = Rewriter(book, {plan.article.key: plan for plan in self.plans})

    def take(self, plan: Plan) -> None:
        """Import one article, or say why not."""
        self._note(plan)
        try:
            self.rewriter.resolve(plan, self.report)
            outcome = self._try(plan) if self.dry_run else self._write(plan)
        except posts.SlugTaken:
            self._skip(plan.article, f"its address {plan.address} was taken meanwhile; import again")
        except (DataError, IntegrityError) as error:
            self._skip(plan.article, f"the database refused it: {' '.join(str(error.orig).split())[:200]}")
        except (DBAPIError, OSError):
            raise  # the next one would fare no better
        except Exception as error:
            # Whatever one text provokes must not stop the others; it is told, and logged for those who can mend it.
            log.exception("the import of %s failed", plan.file)
            self._skip(plan.article, f"it made the import fail: {type(error).__name__}")
        else:
            outcome.append(plan.file)

    def finish(self) -> Report:
        """The report."""
        report = self.report
        report.authors = self.authors.made
        report.pictures = self.pictures.count
        report.redirects = self.redirects.count
        report.notes += self.redirects.findings
        report.skipped.sort(key=lambda skip: skip.file)
        return report

    def _try(self, plan: Plan) -> list[str]:
        """Say what would become of an article; nothing is written."""
        self.redirects.count += len(self.redirects.missing(plan))
        if plan.is_unchanged:
            return self.report.unchanged
        if plan.known and not self._is_as_imported(plan):
            return self.report.edited
        self._prepare_pictures(plan, self.pictures.expect)
        self.authors.expect(plan.article.authors)
        return self.report.updated if plan.known else self.report.imported

    def _write(self, plan: Plan) -> list[str]:
        """Write an article; return the list of the report that it belongs to."""
        if plan.is_unchanged:
            if self.redirects.missing(plan):
                with transaction():
                    self.redirects.make(plan)
            return self.report.unchanged
        if plan.known and not self._is_as_imported(plan):
            return self.report.edited
        shown = self._prepare_pictures(plan, self.pictures.prepare)
        try:
            with transaction():
                self._write_post(plan, shown)
                self.redirects.make(plan)
        except BaseException:
            self.pictures.forget()
            raise
        self.pictures.settle()
        return self.report.updated if plan.known else self.report.imported

    def _write_post(self, plan: Plan, shown: dict[Path, str]) -> None:
        article = plan.article
        author, *others = self.authors.accounts_of(article.authors, now=self.now)
        stored = {
            path: self.pictures.store(path, alt=alt, uploader=author, now=self.now) for path, alt in shown.items()
        }
        body = self.rewriter.body(plan, lambda path: found.url if (found := stored.get(path)) else None)
        document = render_body(body)
        if document.plain:
            self.report.notes.append(Finding(plan.file, "its text is too large to be shown as Markdown"))
        draft = self._draft(plan, body, document, others)
        if plan.known:
            post, author = _loaded(plan.known.id)
            draft = _as_it_stands(draft, post)
            posts.save_approved(post, draft, by=author, edit_number=post.edit_number, now=self.now)
        else:
            post = posts.create_post(author, draft, creation_key=None, now=self.now)
            post.created_at = min(article.published_at or self.now, self.now)
        picture = self._lead_picture(plan, stored)
        posts.set_lead_picture(post, picture.id if picture else None, article.picture_caption if picture else "")
        self._set_state(post, article, author)
        post.import_key = plan.key
        post.updated_at = self._updated_at(article)
        db.session.flush()
        post.import_digest = plan.digest + written_digest(post)
        db.session.flush()

    def _set_state(self, post: Post, article: Article, author: User) -> None:
        """Publish, schedule or unpublish the post as the folder has it."""
        if article.is_draft or article.published_at is None:
            if post.status is PostStatus.PUBLISHED:
                posts.unpublish_post(post, by=author, now=self.now)
            return
        at = post.published_at if article.is_dated_by_file and post.published_at else article.published_at
        if post.status is not PostStatus.PUBLISHED or post.published_at != at:
            posts.publish_approved(post, by=author, at=at, now=self.now)

    def _updated_at(self, article: Article) -> datetime:
        moment = article.updated_at or article.published_at or self.now
        return min(moment, self.now)

    def _is_as_imported(self, plan: Plan) -> bool:
        """True if nobody edited, trashed or unpublished the post since it was imported."""
        assert plan.known is not None, "there is a post"  # noqa: S101
        post, author = _loaded(plan.known.id)
        return not post.is_trashed and author.can_write and plan.known.digest[HALF:] == written_digest(post)

    def _draft(self, plan: Plan, body: str, document: Document, others: list[User]) -> Draft:
        article = plan.article
        text = Text(
            title=self._cut(plan, "title", article.title, TITLE_LENGTH),
            body=body,
            tags=tuple(self._tags(plan)),
            slug=plan.slug,
            excerpt=self._excerpt(plan, document),
            comments_closed=article.comments_closed,
            co_authors=tuple(user.username for user in others[:CO_AUTHORS_AT_MOST]),
            series=series_name(article),
            series_number=article.series_number if series_name(article) else None,
        )
        return Draft(text, document)

    def _excerpt(self, plan: Plan, document: Document) -> str:
        """The article's own excerpt, unless it only repeats how the text begins."""
        excerpt = plan.article.excerpt
        if _letters(document.text).startswith(_letters(excerpt.rstrip(".…"))):
            return ""
        return self._cut(plan, "description", excerpt, EXCERPT_LENGTH)

    def _tags(self, plan: Plan) -> list[str]:
        found = tag_names(plan.article)
        if len(found) > TAGS_PER_POST:
            self.report.notes.append(Finding(plan.file, f"it has more than {TAGS_PER_POST} tags: the first are kept"))
        return found[:TAGS_PER_POST]

    def _cut(self, plan: Plan, name: str, text: str, length: int) -> str:
        if len(text) <= length:
            return text
        self.report.notes.append(Finding(plan.file, f"its {name} has more than {length} characters and is cut"))
        return text[: length - 1].rpartition(" ")[0] + "…"

    # Pictures

    def _prepare_pictures(self, plan: Plan, prepare: Callable[[Path], str]) -> dict[Path, str]:
        """Have the article's pictures read; return those that can be kept, and what each is described as."""
        article = plan.article
        labels = {link.address: link.label for link in links(article.body) if link.is_picture and link.label}
        if article.picture_alt:
            labels[article.picture] = article.picture_alt
        shown: dict[Path, str] = {}
        for (address, _), target in plan.targets.items():
            if not isinstance(target, ToPicture):
                continue
            if problem := prepare(target.path):
                self.report.lost_pictures.append(Finding(plan.file, f"{address} ({problem})"))
            else:
                shown[target.path] = shown.get(target.path) or _words(labels.get(address, ""))
        return shown

    def _lead_picture(self, plan: Plan, stored: dict[Path, Stored | None]) -> Stored | None:
        target = plan.targets.get((plan.article.picture, True))
        return stored.get(target.path) if isinstance(target, ToPicture) else None

    # Reports

    def _note(self, plan: Plan) -> None:
        article = plan.article
        notes = list(article.notes)
        if article.shortcodes:
            notes.append(f"shortcodes left as text: {', '.join(article.shortcodes)}")
        if not plan.known and plan.slug != slugify(article.slug, default=plan.slug):
            notes.append(f"its slug {slugify(article.slug)} is taken: it becomes {plan.slug}")
        self.report.notes += [Finding(plan.file, note) for note in notes]

    def _fits(self, article: Article) -> bool:
        if len(article.body) > BODY_LENGTH:
            self._skip(article, f"its text has more than {BODY_LENGTH:,} characters")
            return False
        return True

    def _skip(self, article: Article, reason: str) -> None:
        self.report.skipped.append(SkippedFile(self._file(article), reason))

    def _file(self, article: Article) -> str:
        return article.path.relative_to(self.given).as_posix()

    def _tag_slugs(self, articles: Iterable[Article]) -> set[str]:
        """The tags that have a page once the import is done."""
        found = {row.slug for row, _ in tags_with_counts(self.now)}
        for article in articles:
            if not article.is_draft and article.published_at and article.published_at <= self.now:
                found |= {slugify(name) for name in tag_names(article)[:TAGS_PER_POST]}
        return found


def tag_names(article: Article) -> list[str]:
    """The article's tags as posts have them: each once however it is written."""
    names: dict[str, str] = {}
    for tag in article.tags:
        name = " ".join(tag.split()).lstrip("#").strip()[:TAG_LENGTH].strip()
        if slug := slugify(name, default=""):
            names.setdefault(slug, name)
    return list(names.values())


def series_name(article: Article) -> str:
    """The article's series as posts have them; empty if no address can be made of its name."""
    name = article.series[:SERIES_LENGTH].strip()
    return name if slugify(name, default="") else ""


def _loaded(post_id: int) -> tuple[Post, User]:
    """The post with its tags, and its author."""
    post = db.session.scalars(
        select(Post)
        .where(Post.id == post_id)
        .options(selectinload(Post.tags))
        .execution_options(populate_existing=True)
    ).one()
    return post, db.session.get_one(User, post.author_id)


def _as_it_stands(draft: Draft, post: Post) -> Draft:
    """The draft with what an import gives a post once: its address, and who else wrote it."""
    return replace(draft, text=replace(draft.text, slug=post.slug, co_authors=co_author_names(post.id)))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text[:2000]).casefold()


def _words(label: str) -> str:
    return " ".join(re.sub(r"[\[\]\\*_`]+", "", label).split())
