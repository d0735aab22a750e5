"""`sealift admin`, on a database of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sealift.actions.system import System
from sealift.main import app
from sealift.parts import put_together
from sealift.records import accounts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert admin(tmp_path, "migrate").exit_code == 0
    return tmp_path


def admin(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["admin", "--data-dir", str(folder), *arguments])


def answer(folder: Path, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    result = admin(folder, *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def a_system(folder: Path) -> System:
    return put_together(folder).system


def is_known(system: System, key: str) -> bool:
    with system.records.read(None) as tx:
        return accounts.actor_of_key(tx, key) is not None


def with_a_user(folder: Path) -> Path:
    answer(folder, "organizations", "create", "acme")
    user = ["users", "create", "ada", "--email", "ada@acme", "--organization", "acme"]
    answer(folder, *user, "--password", "a password of hers")
    return folder


def test_a_database_without_our_schema_is_not_touched(tmp_path: Path) -> None:
    result = admin(tmp_path, "organizations", "list")

    assert result.exit_code == 1
    assert "sealift admin migrate" in result.stderr


def test_a_new_key_opens_its_organization_until_it_is_revoked(folder: Path) -> None:
    with_a_user(folder)
    system = a_system(folder)

    made = answer(folder, "api-keys", "create", "ci", "--organization", "acme", "--user", "ada")
    was_known = is_known(system, made["key"])
    answer(folder, "api-keys", "revoke", "ci", "--organization", "acme")

    assert was_known
    assert not is_known(system, made["key"])
    system.records.close()


def test_a_key_is_shown_once_and_never_again(folder: Path) -> None:
    with_a_user(folder)
    key = answer(folder, "api-keys", "create", "ci", "--organization", "acme", "--user", "ada")

    listed = answer(folder, "api-keys", "list", "--organization", "acme")

    assert [each["name"] for each in listed] == ["ci"]
    assert key["key"] not in json.dumps(listed)
    assert not any(key["key"].encode() in path.read_bytes() for path in folder.glob("*.sqlite3*"))


def test_no_password_is_kept_as_it_is(folder: Path) -> None:
    with_a_user(folder)

    kept = b"".join(path.read_bytes() for path in folder.glob("*.sqlite3*"))

    assert b"a password of hers" not in kept
    assert b"$argon2id$" in kept


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["organizations", "create", "acme"], "already been taken"),
        (["api-keys", "create", "x", "--organization", "nobody", "--user", "ada"], "nobody"),
        (["api-keys", "create", "x", "--organization", "acme", "--user", "bob"], "bob"),
        (["api-keys", "create", "x", "--organization", "other", "--user", "ada"], "not a member"),
        (["api-keys", "revoke", "x", "--organization", "acme"], "x"),
    ],
)
def test_a_mistake_is_said_in_a_line(folder: Path, arguments: list[str], what: str) -> None:
    with_a_user(folder)
    answer(folder, "organizations", "create", "other")

    result = admin(folder, *arguments)

    assert result.exit_code == 1
    assert what in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["", "two\nlines", "\x1b[31mred", "x" * 129])
def test_a_name_that_no_line_can_show_is_refused(folder: Path, name: str) -> None:
    with_a_user(folder)
    user = ["users", "create", name, "--email", "e", "--organization", "acme", "--password", "p"]
    key = ["api-keys", "create", name, "--organization", "acme", "--user", "ada"]

    for command in (["organizations", "create", name], user, key):
        assert admin(folder, *command).exit_code == 2

    assert [each["name"] for each in answer(folder, "organizations", "list")] == ["acme"]
    assert answer(folder, "api-keys", "list", "--organization", "acme") == []


def test_a_folder_that_is_misspelt_is_not_made(folder: Path) -> None:
    result = admin(folder / "typo", "users", "list")

    assert result.exit_code == 1
    assert "typo" in result.stderr
    assert not (folder / "typo").exists()


def test_only_the_owner_can_read_what_is_made(folder: Path) -> None:
    system = a_system(folder)
    with system.records.write(None) as tx:
        assert tx.connection.exec_driver_sql("PRAGMA user_version = 1") is not None
        files = {path.name: path.stat().st_mode & 0o777 for path in folder.glob("*.sqlite3*")}

    assert {"sealift.sqlite3", "sealift.sqlite3-wal", "queue.sqlite3"} <= set(files)
    assert set(files.values()) == {0o600}
    system.records.close()


def test_a_database_of_a_newer_program_is_left_alone_and_said_so(folder: Path) -> None:
    system = a_system(folder)
    with system.records.write(None) as tx:
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")
    system.records.close()

    for command in (["migrate"], ["users", "list"]):
        result = admin(folder, *command)

        told = f"{result.stderr}{result.exception}"
        assert result.exit_code == 1
        assert "newer sealift" in told
        assert "admin migrate" not in told


def test_rotated_link_keys_stay_beside_the_new_ones_until_they_are_forgotten(
    folder: Path,
) -> None:
    rotated = answer(folder, "link-keys", "rotate")
    forgotten = answer(folder, "link-keys", "rotate", "--forget")

    assert len(rotated["keys"]["links"]) == 2
    assert len(forgotten["keys"]["links"]) == 1
    assert forgotten["keys"]["links"][0] not in rotated["keys"]["links"]
