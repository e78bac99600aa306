"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
from incident_app.domain.guards import install_guards

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
    install_guards(op.get_bind())


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
    install_guards(op.get_bind())
