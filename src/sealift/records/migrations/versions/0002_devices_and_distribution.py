"""Products, devices and their certificates; bundles, releases, and what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "adoption",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("cohort_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("release_prn", sa.String(length=128), nullable=True),
        sa.Column("devices", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("adoption_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("adoption_pk")),
    )
    with op.batch_alter_table("adoption", schema=None) as batch_op:
        batch_op.create_index("adoption_hour", ["organization_id", "hour"], unique=False)
        batch_op.create_index("adoption_newest", ["hour"], unique=False)

    op.create_table(
        "bundles",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=True),
        sa.Column("name_folded", sa.Text(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("bundles_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("bundles_pk")),
    )
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.create_index(
            "bundles_listed", ["organization_id", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "ca_certificates",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("jitp", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("ca_certificates_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("ca_certificates_pk")),
    )
    with op.batch_alter_table("ca_certificates", schema=None) as batch_op:
        batch_op.create_index(
            "ca_certificates_fingerprint_unique",
            ["organization_id", "fingerprint"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "ca_certificates_listed", ["organization_id", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "device_checks",
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("status", name=op.f("device_checks_pk")),
    )
    op.create_table(
        "device_reports",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("release_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("bundle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("binary_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("message", sa.String(length=1000), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("device_reports_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("device_reports_pk")),
    )
    with op.batch_alter_table("device_reports", schema=None) as batch_op:
        batch_op.create_index(
            "device_reports_device",
            ["device_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "device_reports_listed", ["organization_id", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "device_reports_release",
            ["release_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )

    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("subtype", sa.String(length=32), nullable=False),
        sa.Column("actor_prn", sa.String(length=128), nullable=True),
        sa.Column("resource_prn", sa.String(length=128), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("events_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("events_pk")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            "events_actor", ["organization_id", "actor_prn", "inserted_at", "id"], unique=False
        )
        batch_op.create_index("events_age", ["inserted_at"], unique=False)
        batch_op.create_index(
            "events_listed", ["organization_id", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "events_resource",
            ["organization_id", "resource_prn", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "events_subtype", ["organization_id", "subtype", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "events_type", ["organization_id", "type", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("poll_interval", sa.Integer(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("products_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("products_pk")),
        sa.UniqueConstraint("organization_id", "name", name="products_organization_id_name_unique"),
    )
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.create_index(
            "products_listed", ["organization_id", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "verification_codes",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("verification_codes_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("verification_codes_pk")),
        sa.UniqueConstraint("code", name="verification_codes_code_unique"),
    )
    op.create_table(
        "bundle_overrides",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("bundle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["bundles.id"],
            name=op.f("bundle_overrides_bundle_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("bundle_overrides_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("bundle_overrides_pk")),
    )
    with op.batch_alter_table("bundle_overrides", schema=None) as batch_op:
        batch_op.create_index(
            "bundle_overrides_bundle",
            ["bundle_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "bundle_overrides_listed", ["organization_id", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "bundle_signatures",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("bundle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signing_key_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["bundles.id"],
            name=op.f("bundle_signatures_bundle_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("bundle_signatures_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["signing_key_id"],
            ["signing_keys.id"],
            name=op.f("bundle_signatures_signing_key_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("bundle_signatures_pk")),
        sa.UniqueConstraint(
            "bundle_id", "signing_key_id", name="bundle_signatures_bundle_id_signing_key_id_unique"
        ),
    )
    with op.batch_alter_table("bundle_signatures", schema=None) as batch_op:
        batch_op.create_index(
            "bundle_signatures_bundle",
            ["bundle_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "bundle_signatures_key",
            ["signing_key_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "bundle_signatures_listed", ["organization_id", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "cohorts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("product_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("poll_interval", sa.Integer(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("cohorts_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("cohorts_product_id_fk"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("cohorts_pk")),
        sa.UniqueConstraint("product_id", "name", name="cohorts_product_id_name_unique"),
    )
    with op.batch_alter_table("cohorts", schema=None) as batch_op:
        batch_op.create_index(
            "cohorts_listed", ["organization_id", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "cohorts_product", ["product_id", "organization_id", "inserted_at", "id"], unique=False
        )

    op.create_table(
        "devices",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("product_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("cohort_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("identifier", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("tags", sa.Text(), nullable=True),
        sa.Column("target", sa.String(length=128), nullable=True),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.Column("last_connected_at", sa.BigInteger(), nullable=True),
        sa.Column("reported_bundle_prn", sa.String(length=128), nullable=True),
        sa.Column("reported_release_prn", sa.String(length=128), nullable=True),
        sa.Column("reported_release_version", sa.String(length=128), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("devices_cohort_id_fk"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("devices_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("devices_product_id_fk"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("devices_pk")),
        sa.UniqueConstraint(
            "organization_id", "identifier", name="devices_organization_id_identifier_unique"
        ),
    )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.create_index(
            "devices_archived",
            ["organization_id", "inserted_at", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NOT NULL"),
        )
        batch_op.create_index(
            "devices_bundle",
            ["organization_id", "reported_bundle_prn", "inserted_at", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.create_index(
            "devices_cohort",
            ["cohort_id", "organization_id", "inserted_at", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.create_index(
            "devices_listed",
            ["organization_id", "inserted_at", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.create_index(
            "devices_product",
            ["product_id", "organization_id", "inserted_at", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.create_index(
            "devices_release",
            ["organization_id", "reported_release_prn", "inserted_at", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.create_index(
            "devices_target",
            ["organization_id", "target", "inserted_at", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.create_index(
            "devices_version",
            ["organization_id", "reported_release_version", "inserted_at", "id"],
            unique=False,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )

    op.create_table(
        "releases",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("cohort_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("bundle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("next_release_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("schedule_date", sa.BigInteger(), nullable=False),
        sa.Column("phase_mode", sa.String(length=16), nullable=False),
        sa.Column("phase_value", sa.String(length=40), nullable=True),
        sa.Column("phase_tags", sa.Text(), nullable=True),
        sa.Column("version", sa.String(length=128), nullable=True),
        sa.Column("version_folded", sa.Text(), nullable=True),
        sa.Column("version_requirement", sa.String(length=256), nullable=True),
        sa.Column("version_requirement_folded", sa.Text(), nullable=True),
        sa.Column("retry_limit", sa.Integer(), nullable=True),
        sa.Column("disable_after_failures", sa.Integer(), nullable=True),
        sa.Column("disable_after_failure_share", sa.String(length=40), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("releases_cohort_id_fk"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["next_release_id"],
            ["releases.id"],
            name=op.f("releases_next_release_id_fk"),
            ondelete="RESTRICT",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("releases_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("releases_pk")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index("releases_bundle", ["bundle_id"], unique=False)
        batch_op.create_index(
            "releases_cohort", ["cohort_id", "organization_id", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "releases_latest_unique",
            ["cohort_id"],
            unique=True,
            sqlite_where=sa.text("next_release_id IS NULL AND deleted_at IS NULL"),
            postgresql_where=sa.text("next_release_id IS NULL AND deleted_at IS NULL"),
        )
        batch_op.create_index(
            "releases_listed", ["organization_id", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "releases_next",
            ["next_release_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )

    op.create_table(
        "bundle_binaries",
        sa.Column("bundle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("binary_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("custom_metadata", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["binary_id"],
            ["binaries.id"],
            name=op.f("bundle_binaries_binary_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["bundles.id"],
            name=op.f("bundle_binaries_bundle_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("bundle_binaries_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("bundle_id", "binary_id", name=op.f("bundle_binaries_pk")),
    )
    with op.batch_alter_table("bundle_binaries", schema=None) as batch_op:
        batch_op.create_index("bundle_binaries_binary", ["binary_id"], unique=False)

    op.create_table(
        "device_certificates",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("product_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("ca_certificate_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ca_certificate_id"],
            ["ca_certificates.id"],
            name=op.f("device_certificates_ca_certificate_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("device_certificates_device_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("device_certificates_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name=op.f("device_certificates_product_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("device_certificates_pk")),
        sa.UniqueConstraint("fingerprint", name="device_certificates_fingerprint_unique"),
    )
    with op.batch_alter_table("device_certificates", schema=None) as batch_op:
        batch_op.create_index(
            "device_certificates_alone",
            ["inserted_at"],
            unique=False,
            sqlite_where=sa.text("ca_certificate_id IS NULL"),
            postgresql_where=sa.text("ca_certificate_id IS NULL"),
        )
        batch_op.create_index(
            "device_certificates_device",
            ["device_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )
        batch_op.create_index("device_certificates_issuer", ["ca_certificate_id"], unique=False)
        batch_op.create_index(
            "device_certificates_listed", ["organization_id", "inserted_at", "id"], unique=False
        )
        batch_op.create_index(
            "device_certificates_product",
            ["product_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )

    op.create_table(
        "override_devices",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("override_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("override_devices_device_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("override_devices_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["override_id"],
            ["bundle_overrides.id"],
            name=op.f("override_devices_override_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("override_devices_pk")),
        sa.UniqueConstraint(
            "override_id", "device_id", name="override_devices_override_id_device_id_unique"
        ),
    )
    with op.batch_alter_table("override_devices", schema=None) as batch_op:
        batch_op.create_index("override_devices_device", ["device_id"], unique=False)
        batch_op.create_index(
            "override_devices_override",
            ["override_id", "organization_id", "inserted_at", "id"],
            unique=False,
        )

    op.create_table(
        "release_claims",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("release_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("release_claims_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("release_claims_release_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("release_claims_pk")),
        sa.UniqueConstraint(
            "release_id", "device_id", name="release_claims_release_id_device_id_unique"
        ),
    )
    with op.batch_alter_table("release_claims", schema=None) as batch_op:
        batch_op.create_index(
            "release_claims_counted", ["release_id", "organization_id"], unique=False
        )
        batch_op.create_index("release_claims_device", ["device_id"], unique=False)

    op.create_table(
        "release_outcomes",
        sa.Column("release_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("release_outcomes_organization_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("release_outcomes_release_id_fk"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("release_id", "device_id", name=op.f("release_outcomes_pk")),
    )
    with op.batch_alter_table("release_outcomes", schema=None) as batch_op:
        batch_op.create_index("release_outcomes_device", ["device_id"], unique=False)

    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.drop_column("generation")

    with op.batch_alter_table("release_outcomes", schema=None) as batch_op:
        batch_op.drop_index("release_outcomes_device")

    op.drop_table("release_outcomes")
    with op.batch_alter_table("release_claims", schema=None) as batch_op:
        batch_op.drop_index("release_claims_device")
        batch_op.drop_index("release_claims_counted")

    op.drop_table("release_claims")
    with op.batch_alter_table("override_devices", schema=None) as batch_op:
        batch_op.drop_index("override_devices_override")
        batch_op.drop_index("override_devices_device")

    op.drop_table("override_devices")
    with op.batch_alter_table("device_certificates", schema=None) as batch_op:
        batch_op.drop_index("device_certificates_product")
        batch_op.drop_index("device_certificates_listed")
        batch_op.drop_index("device_certificates_issuer")
        batch_op.drop_index("device_certificates_device")
        batch_op.drop_index(
            "device_certificates_alone",
            sqlite_where=sa.text("ca_certificate_id IS NULL"),
            postgresql_where=sa.text("ca_certificate_id IS NULL"),
        )

    op.drop_table("device_certificates")
    with op.batch_alter_table("bundle_binaries", schema=None) as batch_op:
        batch_op.drop_index("bundle_binaries_binary")

    op.drop_table("bundle_binaries")
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_index("releases_next")
        batch_op.drop_index("releases_listed")
        batch_op.drop_index(
            "releases_latest_unique",
            sqlite_where=sa.text("next_release_id IS NULL AND deleted_at IS NULL"),
            postgresql_where=sa.text("next_release_id IS NULL AND deleted_at IS NULL"),
        )
        batch_op.drop_index("releases_cohort")
        batch_op.drop_index("releases_bundle")

    op.drop_table("releases")
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_index(
            "devices_version",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index(
            "devices_target",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index(
            "devices_release",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index(
            "devices_product",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index(
            "devices_listed",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index(
            "devices_cohort",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index(
            "devices_bundle",
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        )
        batch_op.drop_index(
            "devices_archived",
            sqlite_where=sa.text("archived_at IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NOT NULL"),
        )

    op.drop_table("devices")
    with op.batch_alter_table("cohorts", schema=None) as batch_op:
        batch_op.drop_index("cohorts_product")
        batch_op.drop_index("cohorts_listed")

    op.drop_table("cohorts")
    with op.batch_alter_table("bundle_signatures", schema=None) as batch_op:
        batch_op.drop_index("bundle_signatures_listed")
        batch_op.drop_index("bundle_signatures_key")
        batch_op.drop_index("bundle_signatures_bundle")

    op.drop_table("bundle_signatures")
    with op.batch_alter_table("bundle_overrides", schema=None) as batch_op:
        batch_op.drop_index("bundle_overrides_listed")
        batch_op.drop_index("bundle_overrides_bundle")

    op.drop_table("bundle_overrides")
    op.drop_table("verification_codes")
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.drop_index("products_listed")

    op.drop_table("products")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("events_type")
        batch_op.drop_index("events_subtype")
        batch_op.drop_index("events_resource")
        batch_op.drop_index("events_listed")
        batch_op.drop_index("events_age")
        batch_op.drop_index("events_actor")

    op.drop_table("events")
    with op.batch_alter_table("device_reports", schema=None) as batch_op:
        batch_op.drop_index("device_reports_release")
        batch_op.drop_index("device_reports_listed")
        batch_op.drop_index("device_reports_device")

    op.drop_table("device_reports")
    op.drop_table("device_checks")
    with op.batch_alter_table("ca_certificates", schema=None) as batch_op:
        batch_op.drop_index("ca_certificates_listed")
        batch_op.drop_index(
            "ca_certificates_fingerprint_unique",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("ca_certificates")
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.drop_index("bundles_listed")

    op.drop_table("bundles")
    with op.batch_alter_table("adoption", schema=None) as batch_op:
        batch_op.drop_index("adoption_newest")
        batch_op.drop_index("adoption_hour")

    op.drop_table("adoption")
