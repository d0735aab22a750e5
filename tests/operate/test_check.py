"""`sealift admin check`, as an operator and as a script see it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sealift.main import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert admin(tmp_path, "migrate").exit_code == 0
    store = tmp_path / "content"
    store.mkdir()
    (store / "sealift-store").touch()
    return tmp_path


def admin(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["admin", "--data-dir", str(folder), *arguments])


def an_alien(folder: Path) -> None:
    (folder / "content" / "so" / "something").mkdir(parents=True)


def test_a_new_system_is_well(folder: Path) -> None:
    result = admin(folder, "check", "--deep")

    assert result.exit_code == 0
    assert "0 records checked" in result.stdout
    assert "all is well" in result.stdout


def test_what_is_wrong_is_told_with_what_to_do_next(folder: Path) -> None:
    an_alien(folder)

    result = admin(folder, "check")

    assert result.exit_code == 1
    assert "content.unclaimed" in result.stdout
    assert "something" in result.stdout
    assert "next: " in result.stdout


def test_machines_get_the_same_as_json(folder: Path) -> None:
    an_alien(folder)

    result = admin(folder, "check", "--json")

    shown = json.loads(result.stdout)
    assert result.exit_code == 1
    assert shown["checked"] == {"records": 0, "bytes": 0}
    assert [each["matter"] for each in shown["findings"]] == ["content.unclaimed"]
    assert shown["findings"][0]["store"] == "disk"
    assert shown["findings"][0]["repaired"] is False


def test_a_store_that_is_away_cannot_be_checked(folder: Path) -> None:
    (folder / "content" / "sealift-store").unlink()

    result = admin(folder, "check")

    assert result.exit_code == 2
    assert "store.away" in result.stdout


def test_a_database_that_is_not_there_cannot_be_checked(tmp_path: Path) -> None:
    result = admin(tmp_path / "nothing", "check")

    assert result.exit_code == 2
    assert "sealift admin migrate" in result.stderr


def test_a_database_without_our_schema_cannot_be_checked(tmp_path: Path) -> None:
    (tmp_path / "sealift.sqlite3").touch()

    result = admin(tmp_path, "check")

    assert result.exit_code == 2
    assert "sealift admin migrate" in result.stderr
