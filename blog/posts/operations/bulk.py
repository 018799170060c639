"""One act on several posts: which of them it can be done to, and doing it to these."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from blog.auth.models import User
from blog.auth.policies import require
from blog.posts import policies, queries
from blog.posts.counts import recounted
from blog.posts.models import PINS_AT_MOST, TAGS_PER_POST, Post, PostStatus
from blog.posts.operations.pins import pin_post, unpin_post
from blog.posts.operations.publishing import publish_post, restore_post, trash_post, unpublish_post
from blog.posts.operations.storing import tags_named
from blog.posts.operations.trash import delete_post
from blog.posts.revisions.keeping import keep_published, keep_text, keep_what_stands
from blog.posts.revisions.models import RevisionKind
from blog.posts.revisions.queries import posts_pending, text_of
from blog.posts.search import index_again
from blog.posts.text import slugify
from blog.site import audit
from blog.site.settings import read_settings


class Act(StrEnum):
    """What can be done to several posts at once."""

    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    TAG = "tag"
    UNTAG = "untag"
    PIN = "pin"
    UNPIN = "unpin"
    TRASH = "trash"
    RESTORE = "restore"
    DELETE = "delete"


class Hindrance(StrEnum):
    """Why an act can't be done to a post."""

    NOT_ALLOWED = "not allowed"
    NEEDS_APPROVAL = "needs approval"
    """Readers would see it, which is for an editor to say."""
    DONE_BEFORE = "done before"
    """It is like that already."""
    WRONG_STATE = "wrong state"
    """In the trash; or not, for what is done to those in the trash."""
    NOTHING_TO_PUBLISH = "nothing to publish"
    PENDING = "pending"
    """It has a change that readers do not see yet, which would be set aside."""
    TOO_MANY_TAGS = "too many tags"
    NOT_LISTED = "not listed"
    """Not every reader finds it."""
    PINS_TAKEN = "pins taken"
    """As many as can be are pinned, or will be before it."""


@dataclass(frozen=True)
class Plan:
    """To which of the posts an act will be done, and to which not."""

    act: Act
    tag: str
    """The name, for the acts that need one."""
    posts: Sequence[Post]
    left: Sequence[tuple[Post, Hindrance]]

    @property
    def outline(self) -> tuple[list[int], list[tuple[int, Hindrance]]]:
        """What will be done, to be compared."""
        return [post.id for post in self.posts], [(post.id, why) for post, why in self.left]

    @property
    def is_noticed(self) -> bool:
        """True if readers see the difference at once, or nobody can take it back."""
        if self.act in (Act.UNPUBLISH, Act.TRASH):
            return any(post.status is PostStatus.PUBLISHED for post in self.posts)
        return self.act in (Act.PUBLISH, Act.DELETE)


def plan_act(posts: Sequence[Post], act: Act, *, tag: str = "", by: User, now: datetime) -> Plan:
    """What `act_on_posts` will do to these posts, which are loaded with their tags; `tag` is the name of one."""
    pending = posts_pending([post.id for post in posts]) if act in (Act.TAG, Act.UNTAG) else set()
    alone = policies.publishes_alone(by, read_settings())
    slug = slugify(tag, default="")
    looked = [
        (post, Hindrance.PENDING if post.id in pending else _hindrance(post, act, slug, by=by, alone=alone, now=now))
        for post in posts
    ]
    if act is Act.PIN:
        looked = _up_to(PINS_AT_MOST - len(queries.pinned_titles()), looked)
    return Plan(
        act,
        tag,
        [post for post, why in looked if why is None],
        [(post, why) for post, why in looked if why is not None],
    )


def act_on_posts(plan: Plan, *, by: User, now: datetime) -> None:
    """Do the act to every post of the plan. Raises what the act raises for one, and then none is to be done."""
    acts: dict[Act, Callable[[Post], None]] = {
        Act.PUBLISH: lambda post: publish_post(post, by=by, at=_return_at(post, now), now=now),
        Act.UNPUBLISH: lambda post: unpublish_post(post, by=by, now=now),
        Act.TAG: lambda post: change_tags(post, add=plan.tag, by=by, now=now),
        Act.UNTAG: lambda post: change_tags(post, remove=plan.tag, by=by, now=now),
        Act.PIN: lambda post: pin_post(post, by=by, now=now),
        Act.UNPIN: lambda post: unpin_post(post, by=by),
        Act.TRASH: lambda post: trash_post(post, by=by, now=now),
        Act.RESTORE: lambda post: restore_post(post, by=by, now=now),
        Act.DELETE: lambda post: delete_post(post, by=by),
    }
    for post in plan.posts:
        acts[plan.act](post)


def change_tags(post: Post, *, add: str = "", remove: str = "", by: User, now: datetime) -> None:
    """Add one tag, or remove one, by their names. Raises `NotAllowed`."""
    is_published = post.status is PostStatus.PUBLISHED
    require(policies.can_publish(by, post, read_settings()) if is_published else policies.can_edit(by, post))
    keep_what_stands(post, now=now)
    with recounted(post, now):
        kept = [tag for tag in post.tags if tag.slug != slugify(remove, default="")]
        post.tags = kept + [tag for tag in tags_named([add] if add else []) if tag not in kept]
        post.updated_at = now
        post.edit_number += 1
    index_again(post)
    if is_published:
        keep_published(post, by=by, session_key=None, now=now)
    else:
        keep_text(post, text_of(post), RevisionKind.WORK, by=by, session_key=None, words=post.words, now=now)
    audit.record("post_updated", subject=post)


def _hindrance(post: Post, act: Act, tag: str, *, by: User, alone: bool, now: datetime) -> Hindrance | None:
    """Why not; None if it can be done. `alone`: what `by` shows to readers needs nobody to approve it."""
    is_shown = act is Act.PUBLISH or (act in (Act.TAG, Act.UNTAG) and post.status is PostStatus.PUBLISHED)
    tags = {one.slug for one in post.tags}
    done = {
        Act.PUBLISH: post.is_live(now),
        Act.UNPUBLISH: post.status is PostStatus.DRAFT,
        Act.TAG: tag in tags,
        Act.UNTAG: tag not in tags,
        Act.PIN: post.pinned_at is not None,
        Act.UNPIN: post.pinned_at is None,
        Act.TRASH: post.is_trashed,
        Act.RESTORE: not post.is_trashed,
        Act.DELETE: False,
    }
    allowed: dict[Act, Callable[[User, Post], bool]] = {
        Act.PIN: lambda user, _post: policies.can_pin(user),
        Act.UNPIN: lambda user, _post: policies.can_pin(user),
        Act.TRASH: policies.can_trash,
        Act.RESTORE: policies.can_trash,
        Act.DELETE: policies.can_choose_authors,
    }
    checks = (
        (not allowed.get(act, policies.can_edit)(by, post), Hindrance.NOT_ALLOWED),
        (is_shown and not alone, Hindrance.NEEDS_APPROVAL),
        (done[act], Hindrance.DONE_BEFORE),
        (post.is_trashed is not (act in (Act.RESTORE, Act.DELETE)), Hindrance.WRONG_STATE),
        (act is Act.PUBLISH and not post.is_publishable, Hindrance.NOTHING_TO_PUBLISH),
        (act is Act.PIN and not post.is_listed(now), Hindrance.NOT_LISTED),
        (act is Act.TAG and len(tags) >= TAGS_PER_POST, Hindrance.TOO_MANY_TAGS),
    )
    return next((why for is_so, why in checks if is_so), None)


def _up_to(count: int, looked: Sequence[tuple[Post, Hindrance | None]]) -> list[tuple[Post, Hindrance | None]]:
    """What was found, with no more than `count` posts that it can be done to."""
    fit = [post for post, why in looked if why is None][: max(count, 0)]
    return [(post, why or (None if post in fit else Hindrance.PINS_TAKEN)) for post, why in looked]


def _return_at(post: Post, now: datetime) -> datetime:
    """A post that readers saw before returns to its old place; another one is the newest."""
    return post.published_at if post.published_at and post.published_at <= now else now
