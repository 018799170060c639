"""What is done to posts. Each operation checks the right of the one who asks on what is true now, and flushes."""

from blog.posts.operations.bulk import Act, Hindrance, Plan, act_on_posts, change_tags, plan_act
from blog.posts.operations.drafts import (
    AlreadyCreated,
    Audience,
    Draft,
    EditedSince,
    InTrash,
    NotADraft,
    NothingToPublish,
    NotInReview,
    SlugTaken,
)
from blog.posts.operations.leaving import hand_over_posts, remove_posts_of
from blog.posts.operations.pins import NotListed, PinsTaken, pin_post, unpin_post
from blog.posts.operations.publishing import (
    change_visibility,
    publish_approved,
    publish_post,
    restore_post,
    trash_post,
    unpublish_post,
)
from blog.posts.operations.review import approve_post, send_back_post, submit_post, withdraw_post
from blog.posts.operations.series import describe_series
from blog.posts.operations.storing import free_slug, tags_named
from blog.posts.operations.trash import delete_post, empty_trash
from blog.posts.operations.writing import (
    create_post,
    discard_pending,
    render_again,
    restore_revision,
    save_approved,
    save_pending,
    save_post,
    set_aside,
    set_lead_picture,
)

__all__ = [
    "Act",
    "AlreadyCreated",
    "Audience",
    "Draft",
    "EditedSince",
    "Hindrance",
    "InTrash",
    "NotADraft",
    "NotInReview",
    "NotListed",
    "NothingToPublish",
    "PinsTaken",
    "Plan",
    "SlugTaken",
    "act_on_posts",
    "approve_post",
    "change_tags",
    "change_visibility",
    "create_post",
    "delete_post",
    "describe_series",
    "discard_pending",
    "empty_trash",
    "free_slug",
    "hand_over_posts",
    "pin_post",
    "plan_act",
    "publish_approved",
    "publish_post",
    "remove_posts_of",
    "render_again",
    "restore_post",
    "restore_revision",
    "save_approved",
    "save_pending",
    "save_post",
    "send_back_post",
    "set_aside",
    "set_lead_picture",
    "submit_post",
    "tags_named",
    "trash_post",
    "unpin_post",
    "unpublish_post",
    "withdraw_post",
]
