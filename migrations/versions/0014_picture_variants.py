"""Pictures in several sizes, the posts that show them, and names that they had."""

import re

import sqlalchemy as sa
from alembic import context, op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
BATCH = 100
NAME = re.compile(r"/media/([0-9a-f]{2}/[0-9a-f]{30}\.[a-z]{3,4})")


def upgrade() -> None:
    """The variants are made by the worker; which post shows which picture is read from their HTML.

    Where the SQL is only printed, `flask posts render` reads it.
    """
    flags = (
        sa.Column("is_portrait", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("recipe", sa.Integer(), nullable=False, server_default="0"),
    )
    for column in flags:
        op.add_column("media", column, if_not_exists=True)
    op.create_index(op.f("ix_media_created_at_id"), "media", ["created_at", "id"], if_not_exists=True)
    op.create_index(
        op.f("ix_media_uploader_id_created_at_id"), "media", ["uploader_id", "created_at", "id"], if_not_exists=True
    )
    op.create_table(
        "media_variants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("mime", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_media_variants_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_variants")),
        sa.UniqueConstraint("media_id", "mime", "width", name=op.f("uq_media_variants_media_id_mime_width")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_media_variants_name"), "media_variants", ["name"], if_not_exists=True)
    op.create_table(
        "former_media_names",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_former_media_names_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_former_media_names")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_former_media_names_media_id"), "former_media_names", ["media_id"], if_not_exists=True)
    op.create_table(
        "post_pictures",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_post_pictures_media_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_pictures_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "media_id", name=op.f("pk_post_pictures")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_post_pictures_media_id"), "post_pictures", ["media_id"], if_not_exists=True)
    if not context.is_offline_mode():
        _fill(op.get_bind())


def downgrade() -> None:
    """Their files stay on the disk; nothing needs them."""
    op.drop_table("post_pictures", if_exists=True)
    op.drop_table("former_media_names", if_exists=True)
    op.drop_table("media_variants", if_exists=True)
    op.drop_index(op.f("ix_media_uploader_id_created_at_id"), "media", if_exists=True)
    op.drop_index(op.f("ix_media_created_at_id"), "media", if_exists=True)
    op.drop_column("media", "recipe", if_exists=True)
    op.drop_column("media", "is_portrait", if_exists=True)


def _fill(connection: sa.Connection) -> None:
    connection.execute(
        sa.text("UPDATE media SET is_portrait = :yes WHERE name IN (SELECT picture_name FROM users)"), {"yes": True}
    )
    connection.execute(sa.text("DELETE FROM post_pictures"))
    posts = sa.text(
        "SELECT id, body_html FROM posts WHERE id > :last AND body_html LIKE '%/media/%' ORDER BY id LIMIT :count"
    )
    last = 0
    while found := connection.execute(posts, {"last": last, "count": BATCH}).all():
        last = found[-1].id
        named = {row.id: set(NAME.findall(row.body_html)) for row in found}
        wanted = sorted(set().union(*named.values()))
        if not wanted:
            continue
        media = sa.text("SELECT id, name FROM media WHERE name IN :names").bindparams(
            sa.bindparam("names", expanding=True)
        )
        ids = {row.name: row.id for row in connection.execute(media, {"names": wanted})}
        rows = [
            {"post_id": post_id, "media_id": ids[name]} for post_id, names in named.items() for name in names & set(ids)
        ]
        if rows:
            connection.execute(
                sa.text("INSERT INTO post_pictures (post_id, media_id) VALUES (:post_id, :media_id)"), rows
            )
