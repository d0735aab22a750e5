"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("resource", sa.String(length=128), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_pk")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("audit_resource", ["resource", "id"], unique=False)

    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("organizations_pk")),
        sa.UniqueConstraint("name", name="organizations_name_unique"),
    )
    op.create_table(
        "secrets",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("secrets_pk")),
    )
    op.create_table(
        "verifications",
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outcome", name=op.f("verifications_pk")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pk")),
        sa.UniqueConstraint("email", name="users_email_unique"),
        sa.UniqueConstraint("username", name="users_username_unique"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("api_keys_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("api_keys_user_id_fk"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pk")),
        sa.UniqueConstraint("hash", name="api_keys_hash_unique"),
        sa.UniqueConstraint("organization_id", "name", name="api_keys_organization_id_name_unique"),
    )
    op.create_table(
        "artifacts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("custom_metadata", sa.Text(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("artifacts_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("artifacts_pk")),
        sa.UniqueConstraint(
            "organization_id", "name", name="artifacts_organization_id_name_unique"
        ),
    )
    with op.batch_alter_table("artifacts", schema=None) as batch_op:
        batch_op.create_index(
            "artifacts_listed", ["organization_id", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("binary_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("upload", sa.Text()),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("erasures_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("erasures_pk")),
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index("erasures_binary", ["binary_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("memberships_organization_id_fk")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("memberships_user_id_fk")),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name=op.f("memberships_pk")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=44), nullable=False),
        sa.Column("keyid", sa.String(length=64), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("signing_keys_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("signing_keys_pk")),
        sa.UniqueConstraint(
            "organization_id", "name", name="signing_keys_organization_id_name_unique"
        ),
        sa.UniqueConstraint(
            "organization_id", "value", name="signing_keys_organization_id_value_unique"
        ),
        sa.UniqueConstraint(
            "organization_id", "keyid", name="signing_keys_organization_id_keyid_unique"
        ),
    )
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.create_index(
            "signing_keys_listed", ["organization_id", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "artifact_versions",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("artifact_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("version_folded", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("custom_metadata", sa.Text(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifacts.id"],
            name=op.f("artifact_versions_artifact_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("artifact_versions_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("artifact_versions_pk")),
        sa.UniqueConstraint(
            "artifact_id", "version", name="artifact_versions_artifact_id_version_unique"
        ),
    )
    with op.batch_alter_table("artifact_versions", schema=None) as batch_op:
        batch_op.create_index(
            "artifact_versions_listed", ["organization_id", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "artifact_versions_artifact",
            ["artifact_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )

    op.create_table(
        "binaries",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("artifact_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("target", sa.String(length=128), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("custom_metadata", sa.Text(), nullable=True),
        sa.Column("verification_error", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("store", sa.String(length=64), nullable=True),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("cut_by", sa.BigInteger(), nullable=True),
        sa.Column("closing_token", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("closing_until", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_version_id"],
            ["artifact_versions.id"],
            name=op.f("binaries_artifact_version_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("binaries_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("binaries_pk")),
    )
    with op.batch_alter_table("binaries", schema=None) as batch_op:
        batch_op.create_index(
            "binaries_hash", ["organization_id", "hash", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "binaries_hashing",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'hashing'"),
            postgresql_where=sa.text("state = 'hashing'"),
        )
        batch_op.create_index(
            "binaries_unfinished",
            ["updated_at"],
            unique=False,
            sqlite_where=sa.text("state = 'uploadable' AND store IS NOT NULL"),
            postgresql_where=sa.text("state = 'uploadable' AND store IS NOT NULL"),
        )
        batch_op.create_index(
            "binaries_listed", ["organization_id", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "binaries_live_target_unique",
            ["artifact_version_id", "target"],
            unique=True,
            sqlite_where=sa.text("state <> 'destroyed'"),
            postgresql_where=sa.text("state <> 'destroyed'"),
        )
        batch_op.create_index(
            "binaries_state", ["organization_id", "state", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "binaries_target", ["organization_id", "target", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "binaries_version",
            ["artifact_version_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "binaries_version_target",
            ["artifact_version_id", "target", "organization_id", "inserted_at", "id"],
            unique=False,
        )

    op.create_table(
        "binary_parts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("binary_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=True),
        sa.Column("reported", sa.String(length=80), nullable=True),
        sa.Column("superseded", sa.String(length=255), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["binary_id"],
            ["binaries.id"],
            name=op.f("binary_parts_binary_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("binary_parts_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("binary_parts_pk")),
        sa.UniqueConstraint("binary_id", "index", name="binary_parts_binary_id_index_unique"),
    )
    op.create_table(
        "binary_signatures",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("binary_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signing_key_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["binary_id"],
            ["binaries.id"],
            name=op.f("binary_signatures_binary_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("binary_signatures_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["signing_key_id"],
            ["signing_keys.id"],
            name=op.f("binary_signatures_signing_key_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("binary_signatures_pk")),
        sa.UniqueConstraint(
            "binary_id", "signing_key_id", name="binary_signatures_binary_id_signing_key_id_unique"
        ),
    )
    with op.batch_alter_table("binary_signatures", schema=None) as batch_op:
        batch_op.create_index(
            "binary_signatures_binary",
            ["binary_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "binary_signatures_key",
            ["signing_key_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "binary_signatures_listed", ["organization_id", "inserted_at", "id"], unique=False
        )
    _keep_audit_lines()


def _keep_audit_lines() -> None:
    """The audit is append-only: the database itself refuses anything else."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'audit lines cannot be changed or deleted'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit lines cannot be changed or deleted'); END"
        )


def downgrade() -> None:
    with op.batch_alter_table("binary_signatures", schema=None) as batch_op:
        batch_op.drop_index("binary_signatures_listed")
        batch_op.drop_index("binary_signatures_key")
        batch_op.drop_index("binary_signatures_binary")

    op.drop_table("binary_signatures")
    op.drop_table("binary_parts")
    with op.batch_alter_table("binaries", schema=None) as batch_op:
        batch_op.drop_index("binaries_version_target")
        batch_op.drop_index("binaries_version")
        batch_op.drop_index("binaries_target")
        batch_op.drop_index("binaries_state")
        batch_op.drop_index(
            "binaries_live_target_unique",
            sqlite_where=sa.text("state <> 'destroyed'"),
            postgresql_where=sa.text("state <> 'destroyed'"),
        )
        batch_op.drop_index("binaries_listed")
        batch_op.drop_index(
            "binaries_hashing",
            sqlite_where=sa.text("state = 'hashing'"),
            postgresql_where=sa.text("state = 'hashing'"),
        )
        batch_op.drop_index(
            "binaries_unfinished",
            sqlite_where=sa.text("state = 'uploadable' AND store IS NOT NULL"),
            postgresql_where=sa.text("state = 'uploadable' AND store IS NOT NULL"),
        )
        batch_op.drop_index("binaries_hash")

    op.drop_table("binaries")
    with op.batch_alter_table("artifact_versions", schema=None) as batch_op:
        batch_op.drop_index("artifact_versions_artifact")
        batch_op.drop_index("artifact_versions_listed")

    op.drop_table("artifact_versions")
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.drop_index("signing_keys_listed")

    op.drop_table("signing_keys")
    op.drop_table("memberships")
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.drop_index("erasures_binary")

    op.drop_table("erasures")
    with op.batch_alter_table("artifacts", schema=None) as batch_op:
        batch_op.drop_index("artifacts_listed")

    op.drop_table("artifacts")
    op.drop_table("api_keys")
    op.drop_table("users")
    op.drop_table("secrets")
    op.drop_table("verifications")
    op.drop_table("organizations")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("audit_resource")

    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only")
