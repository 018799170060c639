"""People, posts, tags, comments, media and settings."""

import sqlalchemy as sa
from alembic import op

from blog.db import LongText, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def upgrade() -> None:
    """The first tables."""
    op.create_table(
        "month_counts",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("post_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_month_counts")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_table(
        "redirects",
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("target", sa.String(length=512), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_redirects")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("post_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("slug", name=op.f("uq_tags_slug")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failure_at", UTCDateTime(), nullable=False),
        sa.Column("blocked_until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_throttles_last_failure_at"), "throttles", ["last_failure_at"], if_not_exists=True)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("username_key", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=160), nullable=True),
        sa.Column(
            "role",
            sa.Enum("reader", "author", "editor", "admin", name="role", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("bio", sa.Text(), nullable=False),
        sa.Column("bio_html", sa.Text(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("picture_name", sa.String(length=120), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=True),
        sa.Column("deactivated_at", UTCDateTime(), nullable=True),
        sa.Column("comments_seen_at", UTCDateTime(), nullable=True),
        sa.Column("post_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        sa.UniqueConstraint("username_key", name=op.f("uq_users_username_key")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_users_role"), "users", ["role"], if_not_exists=True)
    op.create_table(
        "account_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("reset_password", "set_up", name="tokenpurpose", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_account_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_tokens_token_hash")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_account_tokens_user_id"), "account_tokens", ["user_id"], if_not_exists=True)
    op.create_table(
        "media",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("mime", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("original_digest", sa.String(length=64), nullable=False),
        sa.Column("original_name", sa.String(length=200), nullable=False),
        sa.Column("alt", sa.String(length=500), nullable=False),
        sa.Column("caption", sa.String(length=500), nullable=False),
        sa.Column("uploader_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["uploader_id"], ["users.id"], name=op.f("fk_media_uploader_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("name", name=op.f("uq_media_name")),
        sa.UniqueConstraint("original_digest", name=op.f("uq_media_original_digest")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_media_uploader_id"), "media", ["uploader_id"], if_not_exists=True)
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("is_remembered", sa.Boolean(), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], if_not_exists=True)
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("excerpt", sa.String(length=300), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("picture_caption", sa.String(length=300), nullable=False),
        sa.Column("comments_closed", sa.Boolean(), nullable=False),
        sa.Column("body_html", LongText, nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("draft", "published", "trashed", name="poststatus", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("trashed_at", UTCDateTime(), nullable=True),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("edit_number", sa.Integer(), nullable=False),
        sa.Column("creation_key", sa.String(length=64), nullable=True),
        sa.Column("import_key", sa.String(length=255), nullable=True),
        sa.Column("import_digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_posts_author_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["picture_id"], ["media.id"], name=op.f("fk_posts_picture_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("creation_key", name=op.f("uq_posts_creation_key")),
        sa.UniqueConstraint("import_key", name=op.f("uq_posts_import_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_posts_slug")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_posts_author_id_status_published_at_id"),
        "posts",
        ["author_id", "status", "published_at", "id"],
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_posts_is_counted_status_published_at"),
        "posts",
        ["is_counted", "status", "published_at"],
        if_not_exists=True,
    )
    op.create_index(op.f("ix_posts_picture_id"), "posts", ["picture_id"], if_not_exists=True)
    op.create_index(
        op.f("ix_posts_status_published_at_id"), "posts", ["status", "published_at", "id"], if_not_exists=True
    )
    op.create_index(op.f("ix_posts_status_updated_at_id"), "posts", ["status", "updated_at", "id"], if_not_exists=True)
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", LongText, nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("edited_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.Column("hidden_at", UTCDateTime(), nullable=True),
        sa.Column("hidden_by_id", sa.Integer(), nullable=True),
        sa.Column("creation_key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_comments_author_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["hidden_by_id"], ["users.id"], name=op.f("fk_comments_hidden_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["comments.id"], name=op.f("fk_comments_parent_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_comments_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("creation_key", name=op.f("uq_comments_creation_key")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_comments_author_id_created_at"), "comments", ["author_id", "created_at"], if_not_exists=True
    )
    op.create_index(op.f("ix_comments_created_at_id"), "comments", ["created_at", "id"], if_not_exists=True)
    op.create_index(op.f("ix_comments_parent_id"), "comments", ["parent_id"], if_not_exists=True)
    op.create_index(op.f("ix_comments_post_id_path"), "comments", ["post_id", "path"], if_not_exists=True)
    op.create_table(
        "old_slugs",
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_old_slugs_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_old_slugs")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_old_slugs_post_id"), "old_slugs", ["post_id"], if_not_exists=True)
    op.create_table(
        "post_tags",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_tags_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_post_tags_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "tag_id", name=op.f("pk_post_tags")),
        **MYSQL,
        if_not_exists=True,
    )
    op.create_index(op.f("ix_post_tags_tag_id"), "post_tags", ["tag_id"], if_not_exists=True)
    _create_search()


def downgrade() -> None:
    """An empty database."""
    op.execute("DROP TABLE IF EXISTS post_search")
    op.drop_table("post_tags", if_exists=True)
    op.drop_table("old_slugs", if_exists=True)
    op.drop_table("comments", if_exists=True)
    op.drop_table("posts", if_exists=True)
    op.drop_table("user_sessions", if_exists=True)
    op.drop_table("media", if_exists=True)
    op.drop_table("account_tokens", if_exists=True)
    op.drop_table("users", if_exists=True)
    op.drop_table("throttles", if_exists=True)
    op.drop_table("tags", if_exists=True)
    op.drop_table("settings", if_exists=True)
    op.drop_table("redirects", if_exists=True)
    op.drop_table("month_counts", if_exists=True)


def _create_search() -> None:
    """The search table, in each database's own way."""
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS post_search "
            "USING fts5(title, body, tags, tokenize = 'unicode61 remove_diacritics 2')"
        )
    elif dialect == "postgresql":
        op.execute(
            "CREATE TABLE IF NOT EXISTS post_search ("
            "post_id integer PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE, "
            "title text NOT NULL, body text NOT NULL, tags text NOT NULL, document tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX IF NOT EXISTS post_search_document ON post_search USING gin (document)")
    else:
        op.execute(
            "CREATE TABLE IF NOT EXISTS post_search (post_id integer PRIMARY KEY, "
            "title text NOT NULL, body mediumtext NOT NULL, tags text NOT NULL, "
            "FULLTEXT KEY post_search_text (title, body, tags), "
            "CONSTRAINT fk_post_search_post_id FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE) "
            "ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci"
        )
