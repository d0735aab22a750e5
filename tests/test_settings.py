"""What an operator can set, where it comes from, and what a typo gets."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from sealift.settings.model import Settings
from sealift.settings.reading import SettingsWrong, explained, load, settings_file


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("SEALIFT_"):
            monkeypatch.delenv(name)


def loaded(monkeypatch: pytest.MonkeyPatch, file: Path | None = None, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"SEALIFT_{name}", value)
    return load(file)


def a_file(folder: Path, text: str) -> Path:
    file = folder / "sealift.toml"
    file.write_text(text)
    return file


def test_nothing_needs_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch)

    assert settings.database is None
    assert settings.worker.threads == 2


def test_the_environment_sets_nested_names(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, WORKER__THREADS="4", WORKER__SWEEP_EVERY="1.5")

    assert settings.worker.threads == 4
    assert settings.worker.sweep_every == timedelta(seconds=1.5)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1.5 m", 90), ("2h", 7_200), ("7d", 604_800)],
)
def test_a_span_of_time_has_a_unit_or_is_in_seconds(
    monkeypatch: pytest.MonkeyPatch, text: str, seconds: int
) -> None:
    settings = loaded(monkeypatch, WORKER__DISCARD_UPLOADS_AFTER=text)

    assert settings.worker.discard_uploads_after == timedelta(seconds=seconds)


def test_a_file_sets_what_the_environment_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = a_file(tmp_path, 'public_url = "https://f"\n[worker]\nthreads = 3\n')

    settings = loaded(monkeypatch, file, WORKER__THREADS="4")

    assert settings.public_url == "https://f"
    assert settings.worker.threads == 4


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DATABSE", "SEALIFT_DATABASE"),
        ("WORKER__THREAD", "SEALIFT_WORKER__THREADS"),
        ("WORKER_THREADS", "SEALIFT_WORKER__THREADS"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    with pytest.raises(SettingsWrong, match=f"did you mean {meant}"):
        loaded(monkeypatch, None, **{name: "1"})


def test_names_of_the_command_line_and_of_tests_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(monkeypatch, API_KEY="x", PROFILE="y", DATA_DIR="z", TEST_ANYTHING="1")

    assert settings == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKER__THREADS", "0"),
        ("WORKER__THREADS", "many"),
        ("CONTENT__KIND", "tape"),
        ("CONTENT__KIND", "s3"),  # without a bucket
        ("CONTENT__BUCKET", "firmware"),  # of a disk
        ("CONTENT__NAME", "Two Words"),
        ("CONTENT__ENDPOINT_URL", "s3.example"),
        ("BOOTSTRAP_API_KEY", "short"),
        ("LOG_FORMAT", "xml"),
        ("WORKER__SWEEP_EVERY", "0"),
        ("WORKER__DISCARD_UPLOADS_AFTER", "0"),
        ("PUBLIC_URL", "sealift.example"),
        ("PUBLIC_URL", "https://sealift.example?x=1"),
    ],
)
def test_a_wrong_value_is_refused_and_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsWrong, match=f"SEALIFT_{name.partition('__')[0]}"):
        loaded(monkeypatch, None, **{name: value})


S3 = {"KIND": "s3", "BUCKET": "firmware", "ACCESS_KEY_ID": "me", "SECRET_ACCESS_KEY": "hush-hush"}


def test_content_may_be_kept_on_s3_while_a_disk_keeps_what_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    default = {f"CONTENT__{name}": value for name, value in S3.items()}

    settings = loaded(
        monkeypatch, None, **default, STORES__DISK__KIND="disk", STORES__DISK__FOLDER="/old"
    )

    assert settings.default_store == "s3"
    assert settings.content.bucket == "firmware"
    assert settings.stores["disk"].folder == Path("/old")


def test_the_settings_of_further_stores_are_explained_without_their_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(
        monkeypatch, None, **{f"STORES__CLOUD__{name}": value for name, value in S3.items()}
    )

    lines = {line.name: line for line in explained(settings, os.environ, None)}

    assert lines["stores.cloud.bucket"].value == "firmware"
    assert lines["stores.cloud.kind"].source == "environment"
    assert lines["stores.cloud.kind"].default == "disk"
    assert not any("hush" in line.value for line in lines.values())


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"STORES__DISK__KIND": "disk", "STORES__DISK__FOLDER": "/old"}, "CONTENT__NAME"),
        ({"STORES__OLD__KIND": "disk"}, "needs a folder"),
        ({"STORES__-OLD__KIND": "disk"}, "no name of a store"),
        ({"STORES__OLD__BUKET": "x"}, "did you mean SEALIFT_STORES__OLD__BUCKET"),
        ({"STORES__OLD__KIND": "s3", "STORES__OLD__BUCKET": "x"} | {"STORES__OLD__REGIO": "x"},
         "did you mean SEALIFT_STORES__OLD__REGION"),
        ({f"CONTENT__{name}": S3[name] for name in ("KIND", "BUCKET", "ACCESS_KEY_ID")},
         "belong together"),
    ],
)  # fmt: skip
def test_stores_that_cannot_be_meant_are_refused(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsWrong, match=told):
        loaded(monkeypatch, None, **values)


def test_two_names_for_one_bucket_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {"ENDPOINT_URL": "https://s3.test"} | S3
    same = ours | {"ENDPOINT_URL": "https://S3.test/", "REGION": "eu-central-1"}
    values = {f"CONTENT__{name}": value for name, value in ours.items()}
    values |= {f"STORES__OLD__{name}": value for name, value in same.items()}

    with pytest.raises(SettingsWrong, match="the stores s3 and old have the same bucket"):
        loaded(monkeypatch, None, **values)
    values["STORES__OLD__BUCKET"] = "another"
    assert set(loaded(monkeypatch, None, **values).stores) == {"old"}


def test_two_names_for_one_folder_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = {f"CONTENT__{name}": value for name, value in S3.items()}
    for name, folder in {"A": tmp_path, "B": tmp_path / "x" / ".."}.items():
        values |= {f"STORES__{name}__KIND": "disk", f"STORES__{name}__FOLDER": str(folder)}

    with pytest.raises(SettingsWrong, match="the stores a and b have the same folder"):
        loaded(monkeypatch, None, **values)
    values["STORES__B__FOLDER"] = str(tmp_path / "x")
    assert set(loaded(monkeypatch, None, **values).stores) == {"a", "b"}


@pytest.mark.parametrize("text", ["threads = ", "[worker]\nthread = 1\n", "color = 1\n"])
def test_a_file_that_cannot_be_understood_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    with pytest.raises(SettingsWrong):
        loaded(monkeypatch, a_file(tmp_path, text))


def test_every_setting_is_explained_with_its_source_while_secrets_stay_hidden(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "[worker]\nthreads = 3\n")
    settings = loaded(monkeypatch, file, BOOTSTRAP_API_KEY="a secret key")

    lines = {line.name: line for line in explained(settings, os.environ, file)}

    assert (lines["worker.threads"].value, lines["worker.threads"].source) == ("3", "file")
    assert lines["bootstrap_api_key"].source == "environment"
    assert "secret" not in lines["bootstrap_api_key"].value
    assert lines["log_format"].source == "default"
    assert all(line.description for line in lines.values())


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://me:pass/w@db/sealift",
        "postgresql+psycopg://me:pass?w@db/sealift",
        "postgresql+psycopg://db/sealift?user=me&password=pass",
        "postgresql+psycopg://me:pass@db/sealift?sslpassword=pass",
    ],
)
def test_the_password_in_a_database_address_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    settings = loaded(monkeypatch, DATABASE=address)

    shown = next(each for each in explained(settings, os.environ, None) if each.name == "database")

    assert "pass" not in shown.value
    assert "db/sealift" in shown.value


def test_there_are_at_most_forty_settings() -> None:
    settings = Settings()

    assert len(explained(settings, {}, None)) <= 40


def test_the_data_folder_may_hold_the_settings_file(tmp_path: Path) -> None:
    file = a_file(tmp_path, "")

    assert settings_file({}, tmp_path) == file
    assert settings_file({"SEALIFT_SETTINGS_FILE": "/else.toml"}, tmp_path) == Path("/else.toml")
    assert settings_file({}, tmp_path / "other") is None


def test_a_list_stands_between_commas_or_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = a_file(tmp_path, 'device_tls.names = ["one", "two"]\n')

    settings = loaded(monkeypatch, file, DEVICE_PROXY__ADDRESSES="192.0.2.0/24, ::1")
    shown = {each.name: each.value for each in explained(settings, os.environ, file)}

    assert settings.device_tls.names == ("one", "two")
    assert [str(each) for each in settings.device_proxy.addresses] == ["192.0.2.0/24", "::1/128"]
    assert shown["device_tls.names"] == "one, two"


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        ("192.0.2.1/24", "a network is written 192.0.2.0/24"),
        ("proxy.example", "a network is written"),
        ("0.0.0.0/0", "everybody would be believed"),
    ],
)
def test_a_proxy_is_an_address_or_a_network_and_not_everybody(
    monkeypatch: pytest.MonkeyPatch, addresses: str, told: str
) -> None:
    with pytest.raises(SettingsWrong, match=told):
        loaded(monkeypatch, DEVICE_PROXY__ADDRESSES=addresses)
