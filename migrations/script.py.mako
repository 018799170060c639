"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

from blog.db import LongText, UTCDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """${message}."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """As it was before."""
    ${downgrades if downgrades else "pass"}
