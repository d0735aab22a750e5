"""Devices, the groups that they are in, and the certificates by which they are known."""

from typing import Any, Final

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, Uuid

from sealift.records.columns import SEARCHED, CompactJson, Moment, Words
from sealift.records.tables.base import (
    ANSWERS,
    IN_LISTS,
    ORDER,
    TENANT_ORDER,
    id_column,
    listed,
    may_refer,
    metadata,
    refers,
    tenant,
    times,
    unique,
    where,
)

products: Final = Table(
    "products",
    metadata,
    id_column(),
    tenant(),
    Column("name", String(128), nullable=False, info=SEARCHED),
    Column("archived", Boolean, nullable=False),
    Column("poll_interval", Integer),  # seconds between two checks of a device; none: the server's
    Column("deleted_at", Moment),  # lists can be searched by it; nothing sets it
    *times(),
    unique("products", "organization_id", "name", field="name"),
    listed("products"),
    info=ANSWERS,
)

cohorts: Final = Table(
    "cohorts",
    metadata,
    id_column(),
    tenant(),
    refers("product_id", "products"),
    Column("name", String(128), nullable=False),
    Column("name_folded", Text, nullable=False, info=SEARCHED),
    Column("description", String(256), info=SEARCHED),
    Column("poll_interval", Integer),  # seconds; none: the product's
    *times(),
    unique("cohorts", "product_id", "name", field="name"),
    listed("cohorts"),
    Index("cohorts_product", "product_id", *TENANT_ORDER),
    info=ANSWERS,
)

# Archived devices may be most of the oldest, and few among the newest: no list reads the others.
_IN_USE: Final[dict[str, Any]] = {**where("archived_at IS NULL"), "info": IN_LISTS}

devices: Final = Table(
    "devices",
    metadata,
    id_column(),
    tenant(),
    refers("product_id", "products"),
    may_refer("cohort_id", "cohorts"),
    Column("identifier", String(255), nullable=False, info=SEARCHED),
    Column("description", String(256), info=SEARCHED),
    Column("tags", Words),
    Column("target", String(128), info=SEARCHED),
    Column("quarantined", Boolean, nullable=False),
    Column("archived_at", Moment),
    # Changed without news for other servers, as nobody is answered otherwise for it. In no index:
    # PostgreSQL else writes the row into all indexes whenever a device was heard from.
    Column("last_connected_at", Moment),
    Column("reported_bundle_prn", String(128)),
    Column("reported_release_prn", String(128)),
    Column("reported_release_version", String(128), info=SEARCHED),
    *times(),
    unique("devices", "organization_id", "identifier", field="identifier"),
    Index("devices_listed", "organization_id", *ORDER, **_IN_USE),
    Index("devices_archived", "organization_id", *ORDER, **where("archived_at IS NOT NULL")),
    # Counted at each check while a release is for a share of its cohort.
    Index("devices_cohort", "cohort_id", *TENANT_ORDER, **_IN_USE),
    Index("devices_product", "product_id", *TENANT_ORDER, **_IN_USE),
    Index("devices_target", "organization_id", "target", *ORDER, **_IN_USE),
    Index("devices_bundle", "organization_id", "reported_bundle_prn", *ORDER, **_IN_USE),
    Index("devices_release", "organization_id", "reported_release_prn", *ORDER, **_IN_USE),
    Index("devices_version", "organization_id", "reported_release_version", *ORDER, **_IN_USE),
    info=ANSWERS,
)

ca_certificates: Final = Table(
    "ca_certificates",
    metadata,
    id_column(),
    tenant(),
    Column("certificate", LargeBinary, nullable=False),  # DER
    Column("fingerprint", String(64), nullable=False),  # uppercase hex SHA-256 of the DER
    Column("serial", String(64), nullable=False),  # decimal
    Column("not_before", Moment, nullable=False),
    Column("not_after", Moment, nullable=False),
    Column("description", String(256), info=SEARCHED),
    Column("jitp", CompactJson),  # how unknown devices with its certificates are taken in, if so
    # A deleted one vouches for nobody new, but handshakes of devices that it brought go on.
    Column("deleted_at", Moment),
    *times(),
    Index(
        "ca_certificates_fingerprint_unique",
        "organization_id",
        "fingerprint",
        unique=True,
        **where("deleted_at IS NULL"),
        info={"field": "certificate"},
    ),
    listed("ca_certificates"),
    info=ANSWERS,
)

verification_codes: Final = Table(
    "verification_codes",
    metadata,
    # Each proves the possession of one CA's key, once.
    id_column(),
    tenant(),
    Column("code", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    *times(),
    unique("verification_codes", "code", field="code"),
)

device_certificates: Final = Table(
    "device_certificates",
    metadata,
    id_column(),
    tenant(),
    refers("device_id", "devices"),
    refers("product_id", "products"),  # of the device, which stays in it
    may_refer("ca_certificate_id", "ca_certificates"),  # who issued it; none: it stands alone
    Column("certificate", LargeBinary, nullable=False),  # DER
    Column("fingerprint", String(64), nullable=False),  # uppercase hex SHA-256 of the DER
    Column("serial", String(64), nullable=False),  # decimal
    Column("not_before", Moment, nullable=False),
    Column("not_after", Moment, nullable=False),
    *times(),
    # Of all organizations: a handshake has to lead to one device.
    unique("device_certificates", "fingerprint", field="certificate"),
    listed("device_certificates"),
    Index("device_certificates_device", "device_id", *TENANT_ORDER),
    Index("device_certificates_product", "product_id", *TENANT_ORDER),
    Index("device_certificates_issuer", "ca_certificate_id"),
    Index("device_certificates_alone", "inserted_at", **where("ca_certificate_id IS NULL")),
    info=ANSWERS,
)

adoption: Final = Table(
    "adoption",
    metadata,
    # How many devices reported which release, hour by hour; made of the names, so once an hour.
    id_column(),
    tenant(),
    Column("hour", Moment, nullable=False),
    Column("product_id", Uuid(as_uuid=False), nullable=False),
    Column("cohort_id", Uuid(as_uuid=False)),
    Column("release_prn", String(128)),
    Column("devices", Integer, nullable=False),
    Index("adoption_hour", "organization_id", "hour"),
    Index("adoption_newest", "hour"),
)
