"""Artifacts, their binaries, and the keys and signatures of those."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, Uuid

from sealift.domain.binary import State
from sealift.domain.parts import PartState
from sealift.records.columns import SEARCHED, CompactJson, Metadata, Moment, Word
from sealift.records.tables.base import (
    ANSWERS,
    ORDER,
    TENANT_ORDER,
    id_column,
    listed,
    metadata,
    refers,
    tenant,
    times,
    unique,
    where,
)

artifacts: Final = Table(
    "artifacts",
    metadata,
    id_column(),
    tenant(),
    Column("name", String(128), nullable=False),
    Column("name_folded", Text, nullable=False, info=SEARCHED),  # for search that ignores case
    Column("description", String(256), info=SEARCHED),
    Column("custom_metadata", Metadata),
    *times(),
    unique("artifacts", "organization_id", "name", field="name"),
    listed("artifacts"),
)

artifact_versions: Final = Table(
    "artifact_versions",
    metadata,
    id_column(),
    tenant(),
    refers("artifact_id", "artifacts"),
    Column("version", String(128), nullable=False),
    Column("version_folded", Text, nullable=False, info=SEARCHED),
    Column("description", String(256), info=SEARCHED),
    Column("custom_metadata", Metadata),
    *times(),
    unique("artifact_versions", "artifact_id", "version", field="version"),
    listed("artifact_versions"),
    Index("artifact_versions_artifact", "artifact_id", *TENANT_ORDER),
)

binaries: Final = Table(
    "binaries",
    metadata,
    id_column(),
    tenant(),
    refers("artifact_version_id", "artifact_versions"),
    Column("target", String(128), nullable=False, info=SEARCHED),
    Column("hash", String(64), nullable=False),  # as declared
    Column("size", BigInteger, nullable=False),  # bytes, as declared
    Column("state", Word(State), nullable=False),
    Column("description", String(256), info=SEARCHED),
    Column("custom_metadata", Metadata),
    Column("verification_error", CompactJson),  # of the last verification, if it failed
    Column("revision", Integer, nullable=False),  # counts every change of the record
    Column("attempt", Integer, nullable=False),  # counts upload attempts; in keys and links
    Column("store", String(64)),  # which store has the content; none before the opening step
    Column("upload", Text),  # the store's own name for the upload
    Column("cut_by", BigInteger),  # bytes per part, once a part has told
    Column("closing_token", Uuid(as_uuid=False)),  # who runs the closing step
    Column("closing_until", Moment),
    Column("lease_token", Uuid(as_uuid=False)),  # who verifies
    Column("lease_until", Moment),
    *times(),
    Index(
        "binaries_live_target_unique",
        "artifact_version_id",
        "target",
        unique=True,
        **where("state <> 'destroyed'"),
        info={"field": "target"},
    ),
    listed("binaries"),
    Index("binaries_version", "artifact_version_id", *TENANT_ORDER),
    Index("binaries_version_target", "artifact_version_id", "target", *TENANT_ORDER),
    Index("binaries_state", "organization_id", "state", *ORDER),
    Index("binaries_hash", "organization_id", "hash", *ORDER),
    Index("binaries_target", "organization_id", "target", *ORDER),
    Index(
        "binaries_unfinished", "updated_at", **where("state = 'uploadable' AND store IS NOT NULL")
    ),
    Index("binaries_hashing", "lease_until", **where("state = 'hashing'")),
)

binary_parts: Final = Table(
    "binary_parts",
    metadata,
    id_column(),
    tenant(),
    refers("binary_id", "binaries"),
    Column("attempt", Integer, nullable=False),
    Column("index", Integer, nullable=False),  # from 1
    Column("size", BigInteger, nullable=False),  # bytes, as declared
    Column("hash", String(64), nullable=False),  # as declared
    Column("state", Word(PartState), nullable=False),
    Column("generation", Integer, nullable=False),  # counts declarations; links carry it
    Column("offset", BigInteger),  # where it begins, if that is known before the others
    Column("reported", String(80)),  # digest the store says it received: "sha256:…", "md5:…"
    Column("superseded", String(255)),  # the arrival that was for an earlier declaration
    *times(),
    unique("binary_parts", "binary_id", "index", field="index"),
)

signing_keys: Final = Table(
    "signing_keys",
    metadata,
    id_column(),
    tenant(),
    Column("name", String(128), nullable=False),
    Column("value", String(44), nullable=False),  # base64 of the raw public key
    Column("keyid", String(64), nullable=False),
    *times(),
    unique("signing_keys", "organization_id", "name", field="name"),
    unique("signing_keys", "organization_id", "value", field="value"),
    unique("signing_keys", "organization_id", "keyid", field="value"),  # made of the value
    listed("signing_keys"),
)

binary_signatures: Final = Table(
    "binary_signatures",
    metadata,
    id_column(),
    tenant(),
    refers("binary_id", "binaries"),
    refers("signing_key_id", "signing_keys"),
    Column("signature", String(128), nullable=False),  # hex, as it was sent
    *times(),
    unique("binary_signatures", "binary_id", "signing_key_id", field="signing_key_prn"),
    Index("binary_signatures_binary", "binary_id", *TENANT_ORDER),
    Index("binary_signatures_key", "signing_key_id", *TENANT_ORDER),
    listed("binary_signatures"),
    info=ANSWERS,
)
