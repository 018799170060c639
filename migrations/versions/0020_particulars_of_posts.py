"""What posts say to search engines, where their texts stood first, and their lead pictures in revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TEXTS = {"canonical_url": 500, "search_title": 120, "search_description": 300}
_PICTURE = {"picture": 80, "picture_caption": 300}


def upgrade() -> None:
    """Posts of before have none of it; their revisions know the picture that leads the post now."""
    for name, length in _TEXTS.items():
        for table in ("posts", "revisions"):
            op.add_column(table, _text(name, length), if_not_exists=True)
    for name, length in _PICTURE.items():
        op.add_column("revisions", _text(name, length), if_not_exists=True)
    _note_pictures()


def downgrade() -> None:
    """The pictures stay with the posts, the rest is lost."""
    for name in _PICTURE:
        op.drop_column("revisions", name, if_exists=True)
    for name in _TEXTS:
        for table in ("revisions", "posts"):
            op.drop_column(table, name, if_exists=True)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default="")


def _note_pictures() -> None:
    """An old text that is brought back leaves the picture where it is."""
    op.execute(
        "UPDATE revisions SET "
        "picture = (SELECT media.name FROM media JOIN posts ON posts.picture_id = media.id "
        "WHERE posts.id = revisions.post_id), "
        "picture_caption = (SELECT posts.picture_caption FROM posts WHERE posts.id = revisions.post_id) "
        "WHERE post_id IN (SELECT posts.id FROM posts JOIN media ON media.id = posts.picture_id)"
    )
