"""Profiles and keys: two files, and who wins when several say something."""

import json
import stat
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.cli.terminal import Desk

_ME = {"data": {"email": "a@b", "username": "me", "organization_prn": "prn:1:x"}}


class Recorder(httpx.BaseTransport):
    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, json=_ME)


def _asked(desk: Desk, *words: str) -> httpx.Request:
    """The request that `users me` makes."""
    recorder = Recorder()
    desk.transport = recorder
    ended = desk.run(*words, "users", "me")
    assert ended.status == 0, ended.err
    return recorder.asked[0]


def _profile(desk: Desk, name: str = "default", *words: str) -> None:
    ended = desk.run("config", "profiles", "create", name, *words)
    assert ended.status == 0, ended.err


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("words", "environment", "host"),
    [
        (["--base-url", "http://argument"], {"SEALIFT_BASE_URL": "http://environment"}, "argument"),
        ([], {"SEALIFT_BASE_URL": "http://environment"}, "environment"),
        ([], {"SEALIFT_BASE_URL": ""}, "profile"),
        ([], {}, "profile"),
        (["--profile", "other"], {}, "other"),
        ([], {"SEALIFT_PROFILE": "other"}, "other"),
        (["-p", "default"], {"SEALIFT_PROFILE": "other"}, "profile"),
        (["-p", "other"], {"SEALIFT_BASE_URL": "http://environment"}, "environment"),
    ],
)
def test_an_argument_beats_the_environment_beats_the_profile(
    offline: Desk, words: Sequence[str], environment: dict[str, str], host: str
) -> None:
    _profile(offline, "default", "--base-url", "http://profile", "--api-key", "k")
    _profile(offline, "other", "--base-url", "http://other", "--api-key", "k")
    offline.environment = environment

    assert _asked(offline, *words).url.host == host


@pytest.mark.parametrize(
    ("words", "environment", "key"),
    [
        (["-a", "argument"], {"SEALIFT_API_KEY": "environment"}, "argument"),
        ([], {"SEALIFT_API_KEY": "environment"}, "environment"),
        ([], {}, "profile"),
    ],
)
def test_the_same_holds_for_the_key(
    offline: Desk, words: Sequence[str], environment: dict[str, str], key: str
) -> None:
    _profile(offline, "default", "--api-key", "profile")
    offline.environment = environment

    assert _asked(offline, *words).headers["authorization"] == f"Bearer {key}"


@pytest.mark.parametrize(
    ("words", "profile", "version"),
    [(["-v", "1"], ["--api-version", "3"], "1"), ([], ["--api-version", "3"], "3"), ([], [], "2")],
)
def test_the_same_holds_for_the_version(
    offline: Desk, words: Sequence[str], profile: Sequence[str], version: str
) -> None:
    _profile(offline, "default", "--api-key", "k", *profile)

    assert _asked(offline, *words).headers["x-api-version"] == version


def test_global_options_may_follow_the_command(offline: Desk) -> None:
    recorder = Recorder()
    offline.transport = recorder

    ended = offline.run("users", "me", "--api-key=late", "--base-url", "http://late", "-o", "table")

    assert ended.status == 0
    assert recorder.asked[0].url.host == "late"
    assert recorder.asked[0].headers["authorization"] == "Bearer late"
    assert ended.out.startswith("email")


def test_the_key_is_kept_apart_for_its_owner_only(offline: Desk) -> None:
    _profile(offline, "default", "--base-url", "http://sealift.test", "--api-key", "secret")

    config = json.loads((offline.home / "config.json").read_text())
    assert config == {
        "version": 2,
        "profiles": {"default": {"base_url": "http://sealift.test"}},
        "signing_key_pairs": {},
        "certificate_authorities": {},
    }
    credentials = offline.home / "credentials.json"
    assert json.loads(credentials.read_text()) == {"default": {"api_key": "secret"}}
    assert _mode(credentials) == 0o600
    assert _mode(offline.home) == 0o700


def test_a_key_can_come_by_standard_input(offline: Desk) -> None:
    offline.typed = "from-stdin\n"
    _profile(offline, "default", "--api-key", "-")

    assert _asked(offline).headers["authorization"] == "Bearer from-stdin"


def test_a_key_is_never_printed_whole(offline: Desk) -> None:
    _profile(offline, "default", "--api-key", "sealift_0123456789abcdef")

    shown = offline.run("config", "profiles", "show", "default")
    listed = offline.run("config", "profiles", "list")

    assert "...cdef" in shown.out
    assert "0123456789" not in shown.out + listed.out


def test_a_profile_lives_and_dies(offline: Desk) -> None:
    _profile(offline, "lab", "--base-url", "http://lab", "--api-key", "k")

    again = offline.run("config", "profiles", "create", "lab")
    updated = offline.run("config", "profiles", "update", "lab", "--base-url", "http://lab2")
    unasked = offline.run("config", "profiles", "delete", "lab")
    deleted = offline.run("config", "profiles", "delete", "lab", "--yes")
    gone = offline.run("config", "profiles", "show", "lab")

    assert again.status == 2
    assert json.loads(updated.out)["profile"]["base_url"] == "http://lab2"
    assert (unasked.status, deleted.status, gone.status) == (2, 0, 2)
    assert json.loads((offline.home / "credentials.json").read_text()) == {}


def test_an_unknown_profile_is_answered_with_those_there_are(offline: Desk) -> None:
    _profile(offline, "lab", "--api-key", "k")

    ended = offline.run("-p", "lob", "users", "me")

    assert ended.status == 2
    assert "lob" in ended.err
    assert "there are: lab" in ended.err


def test_without_a_key_the_ways_to_give_one_are_named(offline: Desk) -> None:
    ended = offline.run("users", "me")

    assert ended.status == 2
    assert "--api-key" in ended.err
    assert "SEALIFT_API_KEY" in ended.err


def test_what_this_version_does_not_know_is_kept(offline: Desk) -> None:
    offline.home.mkdir()
    kept = {"version": 2, "profiles": {"a": {"color": "red"}}, "future": [1]}
    (offline.home / "config.json").write_text(json.dumps(kept))

    offline.run("config", "profiles", "update", "a", "--base-url", "http://a")

    config = json.loads((offline.home / "config.json").read_text())
    assert config["future"] == [1]
    assert config["profiles"]["a"] == {"color": "red", "base_url": "http://a"}


def test_version_1_is_read_but_not_written(offline: Desk) -> None:
    _write_version_1(offline)

    written = offline.run("config", "profiles", "create", "b")

    assert _asked(offline, "-a", "k").url.host == "old"
    assert written.status == 2
    assert "config upgrade" in written.err


def test_version_1_can_be_upgraded(offline: Desk) -> None:
    _write_version_1(offline)

    first = offline.run("config", "upgrade")
    second = offline.run("config", "upgrade")

    assert (first.status, second.status) == (0, 0)
    assert json.loads((offline.home / "config.json").read_text()) == {
        "version": 2,
        "profiles": {"default": {"base_url": "http://old"}},
        "signing_key_pairs": {},
        "certificate_authorities": {"ca": {"certificate": "c", "private_key": "k"}},
    }


def _write_version_1(desk: Desk) -> None:
    desk.home.mkdir()
    old = {
        "version": 1,
        "profiles": {"default": {"base_url": "http://old"}},
        "ca_certificates": {"ca": {"certificate": "c", "private_key": "k"}},
    }
    (desk.home / "config.json").write_text(json.dumps(old))


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"profiles": []}', '{"profiles": {"default": 1}}', "\udcff"]
)
def test_a_broken_file_is_named_and_is_bad_data(offline: Desk, text: str) -> None:
    offline.home.mkdir()
    (offline.home / "config.json").write_bytes(text.encode(errors="surrogateescape"))

    ended = offline.run("-a", "k", "users", "me")

    assert ended.status == 65
    assert "config.json" in ended.err


def test_a_version_from_the_future_is_left_alone(offline: Desk) -> None:
    offline.home.mkdir()
    (offline.home / "config.json").write_text('{"version": 9}')

    ended = offline.run("config", "upgrade")

    assert ended.status == 65
    assert (offline.home / "config.json").read_text() == '{"version": 9}'


def test_the_directory_can_be_asked_for(offline: Desk) -> None:
    assert offline.run("config", "path").out.strip() == str(offline.home)


def test_help_needs_no_readable_config(offline: Desk) -> None:
    offline.home.mkdir()
    (offline.home / "config.json").write_text("{")

    ended = offline.run("binaries", "create", "--help")

    assert ended.status == 0
