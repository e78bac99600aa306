"""Parties, contracts, people and their roles (Articles 1, 8 and 9)."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("representative", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("client_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("contractor_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("client_department", sa.String, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("second_person", sa.Boolean, nullable=False),
        sa.Column("first_report_hours", sa.Integer),
        sa.Column("follow_up_days", sa.Integer),
        sa.CheckConstraint("ends_on >= starts_on", name="period"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("login", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("phone", sa.String, nullable=False),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("administrator", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id")),
    )
    op.create_table(
        "role_holding",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("contract_id", sa.Integer, sa.ForeignKey("contract.id"), nullable=False, index=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date),
        sa.UniqueConstraint("person_id", "contract_id", "role", "from_on"),
    )


def downgrade() -> None:
    op.drop_table("role_holding")
    op.drop_table("person")
    op.drop_table("contract")
    op.drop_table("organisation")
