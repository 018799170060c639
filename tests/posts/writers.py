"""Two people who write at one post in several windows, with everything that goes wrong: for tests that no word is lost."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from blog.auth.models import UserSession
from blog.db import db
from blog.posts.models import Post
from blog.posts.revisions.models import FEW_WORDS, Revision
from blog.posts.revisions.texts import Text, change
from blog.web.limits.models import LimitCounter
from tests.browser_like import Browser, Page
from tests.factories import Factory

JSON = {"Accept": "application/json"}
BEGINNING = "\n".join(f"Line {number} is here." for number in range(9))
FIELDS = ("title", "body", "excerpt", "tags", "slug")


@dataclass
class Window:
    """An opened editor: what stands in its fields, and what the server has taken of it."""

    who: Any
    browser: Browser
    fields: dict[str, Any]
    base: dict[str, Any]
    taken: list[str] = field(default_factory=list)
    """Bodies that may be the last one that was taken: the one that was acknowledged, and those sent since."""

    @property
    def body(self) -> str:
        """What is typed."""
        return str(self.fields["body"])

    def open(self, page: Page) -> None:
        """Show what a page has."""
        form = page.one("form", id="writing")
        inputs = [
            one for one in form.iter() if one.tag.endswith("}input") and one.get("type") in (None, "hidden", "text")
        ]
        areas = [one for one in form.iter() if one.tag.endswith("}textarea")]
        shown = {one.get("name"): one.get("value") or "" for one in inputs} | {
            one.get("name"): "".join(one.itertext()) for one in areas
        }
        self.fields = {name: value for name, value in shown.items() if name}
        self.base = dict(self.fields)


class Writers:
    """A post, those who write at it, and every text that was ever acknowledged."""

    def __init__(self, app: Any, make: Factory, state: str, people: list[Any]) -> None:
        self.app, self.make, self.people = app, make, people
        self.post = make.post("Ours", BEGINNING, author=people[0], state=state)
        self.address = f"/write/{self.post.id}"
        self.windows: list[Window] = []
        self.acknowledged: list[str] = []
        self.browsers = [Browser(app).sign_in(person) for person in people]

    def open(self, who: int) -> Window:
        """Another window."""
        window = Window(who, self.browsers[who], {}, {})
        page = window.browser.get(self.address)
        if page.status != 200:
            self.sign_in(who)
            page = window.browser.get(self.address)
        window.open(page)
        self.windows.append(window)
        return window

    def sign_in(self, who: int) -> None:
        """Sign in again, in the same browser."""
        if self.browsers[who].get("/login").status == 200:  # else they are
            self.browsers[who].sign_in(self.people[who])

    def forget_limits(self) -> None:
        """Two people who do in a second what takes others an hour are not to be told to wait."""
        self.make.act(lambda: db.session.execute(delete(LimitCounter)) and None)

    def expire(self, who: int) -> None:
        """End the session of somebody, unseen."""
        person = self.people[who]
        self.make.act(
            lambda: [
                db.session.delete(one)
                for one in db.session.scalars(select(UserSession).where(UserSession.user_id == person.id))
            ]
        )

    def type(self, window: Window, body: str) -> None:
        """What stands in the window now."""
        window.fields["body"] = body

    # Saving

    def autosave(self, window: Window, *, is_heard: bool = True) -> int:
        """What the editor's script does; an answer that is not heard changes nothing here."""
        said = self._send(window, with_base=False)
        if said.status_code == 409 and said.get_json()["state"] == "base_needed":
            said = self._send(window, with_base=True)
        window.taken.append(window.body)
        if not is_heard:
            return int(said.status_code)
        told = said.get_json()
        if said.status_code == 200:
            window.fields |= {"edit_number": told["edit_number"], "slug": told["slug"]}
            window.fields |= {name: value for name, value in told.get("fields", {}).items() if name in FIELDS}
            window.base = dict(window.fields)
        if said.status_code == 200 or told["state"] == "conflict":
            self._acknowledge(window, window.body)
        else:
            window.taken.pop()
        return int(said.status_code)

    def decide(self, window: Window) -> None:
        """After a conflict: what is typed here takes the place of the other's."""
        page = window.browser.get(self.address)
        if page.status == 200:
            body, token = window.body, window.fields["editing"]
            window.open(page)
            window.fields |= {"body": body, "editing": token}

    def save(self, window: Window, *, publishes: bool = False) -> int:
        """What pressing the button does, without a script."""
        address = f"{self.address}/publication" if publishes else self.address
        page = window.browser.post(address, window.fields)
        for _ in range(2):  # signed out; then the token is of the session before
            if page.status == 403:
                self.sign_in(window.who)
                window.browser.page = page
                page = window.browser.submit(self.address, follow=False)
        assert page.status in (303, 409), page.status
        if page.status == 303:
            key = window.fields["editing"]
            window.open(window.browser.get(self.address))
            assert publishes or window.fields["editing"] == key, "the editor goes on"
        else:
            window.open(page)
        self._acknowledge(window, window.body)
        return page.status

    def _send(self, window: Window, *, with_base: bool) -> Any:
        base = {f"base_{name}": window.base[name] for name in FIELDS} if with_base else {}
        address = f"{self.address}/autosave"
        said = window.browser.post(address, window.fields | base, headers=JSON).response
        if said.status_code == 403 and said.get_json()["state"] == "token":
            window.fields["csrf_token"] = said.get_json()["csrf_token"]
            said = window.browser.post(address, window.fields | base, headers=JSON).response
        return said

    def _acknowledge(self, window: Window, body: str) -> None:
        window.taken = [body]
        self.acknowledged.append(body)

    # What must hold

    def kept(self) -> set[str]:
        """All bodies that are somewhere: in the post, or in a revision."""
        rows = select(Revision.body).where(Revision.post_id == self.post.id)
        stand = select(Post.body).where(Post.id == self.post.id)
        return set(self.make.read(lambda: [*db.session.scalars(rows), *db.session.scalars(stand)]))

    def check(self) -> None:
        """The last text that was taken of each window is kept; and of every other one all but a few words."""
        kept = self.kept()
        for window in self.windows:
            assert not window.taken or kept & set(window.taken), f"gone: {window.taken}"
        for body in self.acknowledged:
            if body not in kept:
                least = min(change(Text("", body), Text("", one)).lost for one in kept)
                assert least <= FEW_WORDS, f"{least} words gone of {body}"
