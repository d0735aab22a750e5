"""`sealift admin doctor`: a line for each thing, and what to do next where it is not well."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from sealift.main import app
from sealift.operate import stores
from sealift.parts import put_together
from sealift.records import tables
from sealift.records.certificates import MOST_ALONE
from tests.postgres import FreshDatabase
from tests.records.made_up import a_row, a_world
from tests.s3_server import S3Server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert admin(tmp_path, "migrate").exit_code == 0
    store = tmp_path / "content"
    store.mkdir()
    (store / "sealift-store").touch()
    return tmp_path


def admin(folder: Path, *arguments: str, **settings: str) -> Result:
    environment = {f"SEALIFT_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(
        app, ["admin", "--data-dir", str(folder), *arguments], env=environment
    )


def said(folder: Path, **settings: str) -> Mapping[str, Mapping[str, Any]]:
    """What is said, by what it is about."""
    result = admin(folder, "doctor", "--json", **settings)
    found = {each["about"]: each for each in json.loads(result.stdout)}
    is_wrong = any(each["mark"] == "wrong" for each in found.values())
    assert result.exit_code == (1 if is_wrong else 0)
    return found


def marks(found: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    return {about: each["mark"] for about, each in found.items()}


def test_a_new_system_is_well_and_nothing_is_left_in_it(folder: Path) -> None:
    found = said(folder)

    abouts = ["database", "durability", "queue", "room", "worker", "public link", "store disk"]
    assert set(marks(found)) == set(abouts)
    assert "wrong" not in marks(found).values()
    assert [each.name for each in (folder / "content").rglob("*") if each.is_file()] == [
        "sealift-store"
    ]


def test_people_get_lines_that_80_columns_show_whole(tmp_path: Path) -> None:
    result = admin(tmp_path / "nothing", "doctor")

    assert result.exit_code == 1
    assert "next: sealift admin migrate" in result.stdout
    words = [word for line in result.stdout.splitlines() if len(line) > 79 for word in line.split()]
    assert all(len(word) > 40 for word in words if "/" in word)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = said(tmp_path)

    assert found["database"]["mark"] == "wrong"
    assert not (tmp_path / "sealift.sqlite3").exists()


def test_a_database_of_another_schema_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "sealift.sqlite3").touch()

    found = said(tmp_path)

    assert found["database"]["mark"] == "wrong"
    assert "migrate" in found["database"]["advice"]


def test_a_database_file_that_is_none_is_wrong(folder: Path) -> None:
    for path in folder.glob("sealift.sqlite3*"):
        path.unlink()
    (folder / "sealift.sqlite3").write_bytes(b"this is no database at all" * 100)

    assert marks(said(folder))["database"] == "wrong"


def test_postgresql_tells_its_clock(migrated_url: str, folder: Path) -> None:
    found = said(folder, database=migrated_url)

    assert found["database"]["mark"] == "ok"
    assert ("clock" in found) == migrated_url.startswith("postgresql")


def test_postgresql_that_may_lose_what_it_said_is_wrong(
    fresh_database: FreshDatabase, postgres_template: str, folder: Path
) -> None:
    url = fresh_database(postgres_template)
    lax = f"{url}?options=-csynchronous_commit%3Doff"

    found = said(folder, database=lax)

    assert found["durability"]["mark"] == "wrong"
    assert "synchronous_commit" in found["durability"]["text"]


def test_a_database_that_does_not_answer_is_wrong_and_the_rest_is_looked_at(folder: Path) -> None:
    found = said(folder, database="postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    assert marks(found)["database"] == "wrong"
    assert marks(found)["store disk"] == "ok"


def test_a_store_that_is_away_is_wrong(folder: Path) -> None:
    (folder / "content" / "sealift-store").unlink()

    found = said(folder)

    assert marks(found)["store disk"] == "wrong"
    assert "mounted" in found["store disk"]["advice"]


def test_a_binary_that_waits_for_long_asks_for_a_worker(folder: Path) -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with sqlite3.connect(folder / "sealift.sqlite3") as database:
        _add_waiting(database, int(an_hour_ago.timestamp() * 1_000_000))
    database.close()

    found = said(folder)

    assert found["worker"]["mark"] == "wrong"
    assert "sealift worker" in found["worker"]["advice"]


def _add_waiting(database: sqlite3.Connection, since: int) -> None:
    database.execute("PRAGMA foreign_keys=OFF")
    database.execute(
        "INSERT INTO binaries (id, organization_id, artifact_version_id, target, hash, size, state,"
        " revision, attempt, store, inserted_at, updated_at)"
        " VALUES (?, ?, ?, 'arm', '00', 1, 'hashing', 0, 1, 'disk', ?, ?)",
        ("a" * 32, "b" * 32, "c" * 32, since, since),
    )


@pytest.mark.enable_socket
def test_a_public_link_that_leads_nowhere_is_wrong(folder: Path) -> None:
    found = said(folder, public_url="http://127.0.0.1:1")

    assert found["public link"]["mark"] == "wrong"
    assert "SEALIFT_PUBLIC_URL" in found["public link"]["advice"]
    assert marks(found)["store disk"] == "ok"


@pytest.mark.parametrize(
    ("days", "mark"), [(90, "ok"), (7, "warning"), (-1, "wrong")], ids=["long", "short", "over"]
)
@pytest.mark.parametrize(
    ("setting", "about"), [("tls", "certificate"), ("device_tls", "device door")]
)
def test_a_certificate_tells_how_long_it_is_valid(
    folder: Path, setting: str, about: str, days: int, mark: str
) -> None:
    ends = datetime.now(UTC) + timedelta(days=days)
    issued = trustme.CA().issue_cert(
        "localhost", not_before=ends - timedelta(days=365), not_after=ends
    )
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)

    files = {f"{setting}__certificate": str(certificate), f"{setting}__key": str(key)}
    found = said(folder, **files)

    assert found[about]["mark"] == mark


def test_more_devices_that_stand_alone_than_tls_can_know_are_told(folder: Path) -> None:
    records = put_together(folder).system.records
    with records.write(None) as tx:
        world = a_world(tx.connection)
        table = tables.device_certificates
        tx.connection.execute(insert(table), [a_row(table, world) for _ in range(MOST_ALONE)])
    records.close()

    found = said(folder)
    behind = said(folder, device_proxy__addresses="127.0.0.1")

    assert found["devices"]["mark"] == "warning"
    assert "2,001 certificates stand alone" in found["devices"]["text"]
    assert "devices" not in behind


# --- on S3 ---------------------------------------------------------------------------------------


@pytest.mark.enable_socket
def test_a_store_on_s3_is_tried_as_clients_use_it(
    folder: Path, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server.bucket() as bucket:
        settings = {k.removeprefix("SEALIFT_"): v for k, v in s3_server.settings(bucket).items()}
        for name, value in s3_server.settings(bucket).items():
            monkeypatch.setenv(name, value)
        system = put_together(folder).system
        stores.prepare(system)  # as the first start of a server does
        system.records.close()

        found = said(folder, **settings)

        assert marks(found)["store s3"] == "ok"
        assert marks(found)["browsers"] in {"ok", "warning"}
        assert marks(found)["clock"] == "ok"
        assert s3_server.content_in(bucket) == []


@pytest.mark.enable_socket
def test_a_bucket_that_is_not_there_is_wrong(folder: Path, s3_server: S3Server) -> None:
    settings = {k.removeprefix("SEALIFT_"): v for k, v in s3_server.settings("none-such").items()}

    assert marks(said(folder, **settings))["store s3"] == "wrong"
