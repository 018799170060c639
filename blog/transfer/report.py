"""What an import did, and what it could not do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from blog.transfer.folder import SkippedFile


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one file that the admin should know."""

    file: str
    text: str


@dataclass
class Report:
    """What an import did. Every text of the folder is in exactly one of the first five lists."""

    imported: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    """Texts that changed in the folder, whose posts somebody edited here: they stay as they are here."""
    skipped: list[SkippedFile] = field(default_factory=list)

    authors: list[str] = field(default_factory=list)
    redirects: int = 0
    pictures: int = 0
    outside_pictures: list[Finding] = field(default_factory=list)
    lost_pictures: list[Finding] = field(default_factory=list)
    old_site_links: list[Finding] = field(default_factory=list)
    lost_links: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    is_dry_run: bool = False

    @property
    def found(self) -> int:
        """How many texts the folder has."""
        kept = (self.imported, self.updated, self.unchanged, self.edited)
        return sum(map(len, kept)) + len(self.skipped)

    def lines(self) -> Iterator[str]:
        """The report, line by line, for a terminal."""
        done = "would be " if self.is_dry_run else ""
        yield f"{_count(self.found, 'text')} found"
        yield f"  {len(self.imported)} {done}imported"
        yield f"  {len(self.updated)} {done}updated"
        yield f"  {len(self.unchanged)} unchanged"
        yield f"  {len(self.edited)} changed in the folder but edited here since, left alone"
        yield f"  {len(self.skipped)} skipped"
        yield f"{_count(self.pictures, 'picture')} {done}stored, {_count(self.redirects, 'redirect')} {done}made"
        yield from _section("New accounts of authors, without a password (flask user reset-link NAME)", self.authors)
        yield from _section("Skipped", (f"{skip.file}: {skip.reason}" for skip in self.skipped))
        yield from _section("Edited here since they were imported", self.edited)
        yield from _findings("Pictures on other hosts, shown as links", self.outside_pictures)
        yield from _findings("Pictures that could not be kept", self.lost_pictures)
        yield from _findings("Links that lead to the old site now", self.old_site_links)
        yield from _findings("Links that lead nowhere, taken away", self.lost_links)
        yield from _findings("Notes", self.notes)


def _section(title: str, entries: Iterable[str]) -> Iterator[str]:
    listed = list(entries)
    if listed:
        yield ""
        yield f"{title} ({len(listed)}):"
        yield from (f"  {entry}" for entry in listed)


def _findings(title: str, findings: list[Finding]) -> Iterator[str]:
    yield from _section(title, dict.fromkeys(f"{finding.file}: {finding.text}" for finding in findings))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
