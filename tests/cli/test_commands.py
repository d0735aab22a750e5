"""Each command against a real server: what it sends, what it prints, how it ends."""

import hashlib
import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.results import result
from tests.cli.terminal import Desk
from tests.client.line import Line
from tests.yard import CONTENT, PUBLIC_KEY, a_binary, a_version, brought_to, see

_NOBODY = "prn:1:00000000-0000-4000-8000-000000000001"
_NO_BINARY = f"{_NOBODY}:binary:00000000-0000-4000-8000-000000000002"


def _file(folder: Path, content: bytes = CONTENT) -> str:
    path = folder / "firmware.bin"
    path.write_bytes(content)
    return str(path)


# --- records -------------------------------------------------------------------------------------


def test_an_artifact_and_its_version_live_and_die(desk: Desk) -> None:
    made = result(
        desk,
        *("artifacts", "create", "--name", "kernel", "--description", "K"),
        *("--custom-metadata", '{"slot": "a"}'),
    )["artifact"]
    version = result(
        desk, "artifact-versions", "create", "--artifact-prn", made["prn"], "--version", "1.0.0"
    )["artifact_version"]

    changed = result(
        desk,
        *("artifacts", "update", made["prn"], "--name", "linux", "--description", ""),
        *("--custom-metadata", "null"),
    )["artifact"]
    described = result(desk, "artifact-versions", "update", version["prn"], "--description", "x")
    blocked = desk.run("artifacts", "delete", made["prn"])
    deleted = [
        desk.run("artifact-versions", "delete", version["prn"]).status,
        desk.run("artifacts", "delete", made["prn"]).status,
    ]
    gone = desk.run("artifacts", "get", made["prn"])

    assert made["custom_metadata"] == {"slot": "a"}
    assert (changed["name"], changed["description"]) == ("linux", None)
    assert changed["custom_metadata"] is None
    assert described["artifact_version"]["description"] == "x"
    assert (blocked.status, deleted, gone.status) == (1, [0, 0], 1)


def test_metadata_can_come_from_a_file(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "metadata.json"
    path.write_text('{"ü": [1, 2.5, null]}', encoding="utf-8")

    made = result(desk, "artifacts", "create", "--name", "a", "--custom-metadata-path", str(path))

    assert made["artifact"]["custom_metadata"] == {"ü": [1, 2.5, None]}


def test_who_the_key_speaks_for_is_told(desk: Desk) -> None:
    assert result(desk, "users", "me")["data"]["username"] == "admin"


# --- how errors end ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["binaries", "get", "prn:1:x"],
        ["binaries", "get", f"{_NOBODY}:artifact:00000000-0000-4000-8000-000000000002"],
        [
            "binaries",
            "create",
            "--artifact-version-prn",
            _NO_BINARY,
            "--target",
            "t",
            "--size=1",
            "--hash=x",
        ],
        ["artifacts", "create", "--name", "a", "--custom-metadata", "{"],
        ["artifacts", "create", "--name", "a", "--custom-metadata", "[1]"],
        ["artifacts", "create", "--name", "a", "--custom-metadata-path", "missing.json"],
        ["binaries", "upload", _NO_BINARY.replace("binary", "user"), "x"],
        ["signing-keys", "create", "--name", "a/../b", "--out", "keys"],
        ["signing-keys", "create", "--name", "a", "--path", "missing.pem"],
    ],
)
def test_bad_data_on_this_side_is_65(desk: Desk, line: Line, words: Sequence[str]) -> None:
    ended = desk.run(*words)

    assert ended.status == 65
    assert ended.lines[0].startswith("error: ")
    assert line.sent == []


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["binaries", "nonsense"],
        ["binaries", "list", "--nonsense"],
        ["binaries", "list", "--limit", "0"],
        ["binaries", "list", "--limit", "many"],
        ["binaries", "list", "--order", "up"],
        ["binaries", "update", _NO_BINARY, "--state", "done"],
        ["binaries", "get"],
        ["binaries", "create", "--target", "t"],
        ["artifacts", "update", f"{_NOBODY}:artifact:00000000-0000-4000-8000-000000000002"],
        ["artifacts", "create", "--name=a", "--custom-metadata={}", "--custom-metadata-path=x"],
        ["signing-keys", "create", "--name", "a"],
        ["signing-keys", "create", "--name", "a", "--value", "x", "--path", "y"],
        ["signing-keys", "create", "--name", "a", "--value", "x", "--config"],
        ["binaries", "sign", _NO_BINARY],
        ["binaries", "sign", _NO_BINARY, "-s", "nobody"],
        ["binaries", "sign", _NO_BINARY, "--signing-key-private", "x"],
        ["binary-signatures", "create", "-b", _NO_BINARY],
        ["binary-signatures", "create", "-b", _NO_BINARY, "--signature", "x"],
        ["--output", "yaml", "users", "me"],
    ],
)
def test_a_command_that_means_nothing_is_2(desk: Desk, words: Sequence[str]) -> None:
    ended = desk.run(*words)

    assert ended.status == 2
    assert ended.lines[0].startswith("error: ")
    assert ended.out == ""


@pytest.mark.parametrize("words", [[], ["binaries"], ["config", "profiles"]])
def test_a_group_alone_shows_its_help(desk: Desk, words: Sequence[str]) -> None:
    ended = desk.run(*words)

    assert ended.status == 2
    assert ended.err.startswith("Usage: sealift")


def test_a_refusal_is_1_and_names_the_request(desk: Desk) -> None:
    desk.run("artifacts", "create", "--name", "kernel")

    ended = desk.run("artifacts", "create", "--name", "kernel")

    assert ended.status == 1
    assert ended.lines[0] == "error: name: has already been taken"
    assert ended.lines[-1].startswith("  request ")


def test_several_faults_get_a_line_each(desk: Desk) -> None:
    ended = desk.run("artifacts", "create", "--name", "x" * 200, "--description", "y" * 300)

    assert [line.split(":")[0] for line in ended.lines[1:3]] == ["  name", "  description"]


def test_a_wrong_key_says_where_keys_come_from(desk: Desk) -> None:
    ended = desk.run("-a", "wrong", "users", "me")

    assert ended.status == 1
    assert "SEALIFT_API_KEY" in ended.err


def test_a_server_that_is_not_there_is_named(offline: Desk) -> None:
    ended = offline.run("-a", "k", "-b", "http://sealift.test:1", "users", "me")

    assert ended.status == 1
    assert ended.lines[0].startswith("error: cannot reach http://sealift.test:1")


# --- binaries ------------------------------------------------------------------------------------


def test_a_file_becomes_a_signed_binary(desk: Desk, line: Line, tmp_path: Path) -> None:
    version = a_version(line.yard.api)
    keys = str(tmp_path / "keys")
    result(desk, "signing-keys", "create", "--name", "release", "--out", keys, "--config")
    result(desk, "signing-keys", "create", "--name", "second", "--out", keys, "--config")
    words = [
        *("binaries", "create", "--artifact-version-prn", version, "--target", "arm"),
        *("--content-path", _file(tmp_path), "-s", "release", "-s", "second"),
    ]

    first = result(desk, *words)["binary"]
    again = result(desk, *words)["binary"]

    assert first["state"] == "signed"
    assert len(first["signatures"]) == 2
    assert again == first


def test_the_phases_are_told_on_standard_error(desk: Desk, line: Line, tmp_path: Path) -> None:
    ended = desk.run(
        *("binaries", "create", "--artifact-version-prn", a_version(line.yard.api)),
        *("--target", "arm", "--content-path", _file(tmp_path)),
    )

    words = [line.split()[0] for line in ended.lines]
    assert words == ["hashing", "created", "uploading", "finishing", "having", "waiting"]


def test_a_record_can_be_made_without_its_content(desk: Desk, line: Line, tmp_path: Path) -> None:
    version = a_version(line.yard.api)
    digest = hashlib.sha256(CONTENT).hexdigest()

    by_hash = result(
        desk,
        *("binaries", "create", "--artifact-version-prn", version, "--target", "arm"),
        *("--hash", digest, "--size", str(len(CONTENT))),
    )["binary"]
    by_file = result(
        desk,
        *("binaries", "create", "--artifact-version-prn", version, "--target", "arm"),
        *("--content-path", _file(tmp_path), "--skip-upload"),
    )["binary"]
    uploaded = result(desk, "binaries", "upload", by_hash["prn"], _file(tmp_path))["binary"]

    assert by_hash["state"] == by_file["state"] == "uploadable"
    assert by_hash["prn"] == by_file["prn"]
    assert uploaded["state"] == "signable"


def test_a_verified_binary_can_be_signed_with_a_key_file(
    desk: Desk, line: Line, tmp_path: Path
) -> None:
    binary = brought_to(line.yard, "signable", a_version(line.yard.api))
    keys = tmp_path / "keys"
    key = result(desk, "signing-keys", "create", "--name", "release", "--out", str(keys))
    signer = ["--signing-key-private", str(keys / "release-private.pem")]
    signer += ["--signing-key-prn", key["signing_key"]["prn"]]

    wrong_file = desk.run(
        "binaries", "sign", binary["prn"], *signer, "--content-path", _file(tmp_path, b"other")
    )
    signed = result(
        desk, "binaries", "sign", binary["prn"], *signer, "--content-path", _file(tmp_path)
    )["binary"]

    assert wrong_file.status == 65
    assert signed["state"] == "signed"


def test_a_signature_can_be_attached_in_each_way(desk: Desk, line: Line, tmp_path: Path) -> None:
    binary = brought_to(line.yard, "signable", a_version(line.yard.api))
    keys = str(tmp_path / "keys")
    for name in ("a", "b"):
        result(desk, "signing-keys", "create", "--name", name, "--out", keys, "--config")
    create = ["binary-signatures", "create", "-b", binary["prn"]]

    here = result(desk, *create, "-c", _file(tmp_path), "-s", "a")["binary_signature"]
    raw = result(desk, *create, "-c", _file(tmp_path), "-s", "b", "--raw-digest")
    deleted = desk.run("binary-signatures", "delete", here["prn"])
    elsewhere = result(desk, *create, "-g", here["signature"], "--signing-key-keyid", here["keyid"])
    listed = result(desk, "binary-signatures", "list")["binary_signatures"]

    assert here["signature"] == here["signature"].upper()
    assert deleted.status == 0
    assert {each["signing_key_prn"] for each in listed} == {
        raw["binary_signature"]["signing_key_prn"],
        elsewhere["binary_signature"]["signing_key_prn"],
    }


def test_a_downloaded_file_is_the_content(desk: Desk, line: Line, tmp_path: Path) -> None:
    binary = brought_to(line.yard, "signed", a_version(line.yard.api))
    out = tmp_path / "out.bin"

    told = result(desk, "binaries", "download", binary["prn"], "--out", str(out))
    streamed = desk.run("-q", "binaries", "download", binary["prn"], "--out", "-")

    assert out.read_bytes() == CONTENT
    assert told == {"path": str(out), "size": len(CONTENT), "hash": binary["hash"]}
    assert streamed.out == CONTENT.decode()


def test_a_reset_binary_waits_for_content_again(desk: Desk, line: Line) -> None:
    binary = brought_to(line.yard, "signable", a_version(line.yard.api))

    reset = result(desk, "binaries", "reset", binary["prn"])["binary"]

    assert (reset["state"], reset["bytes_uploaded"]) == ("uploadable", 0)


@pytest.mark.parametrize("command", ["destroy", "delete"])
def test_nothing_is_lost_unasked(desk: Desk, line: Line, command: str) -> None:
    binary = brought_to(line.yard, "signed", a_version(line.yard.api))

    ended = desk.run("binaries", command, binary["prn"])

    assert ended.status == 2
    assert "--yes" in ended.err
    assert see(line.yard.api, binary)["state"] == "signed"


def test_destroying_keeps_the_record(desk: Desk, line: Line) -> None:
    binary = brought_to(line.yard, "signed", a_version(line.yard.api))

    gone = result(desk, "binaries", "destroy", binary["prn"], "--yes")["binary"]

    assert (gone["state"], gone["destroyed"]) == ("destroyed", True)
    assert line.yard.kept() == []


def test_deleting_keeps_nothing(desk: Desk, line: Line) -> None:
    binary = brought_to(line.yard, "signed", a_version(line.yard.api))

    deleted = desk.run("binaries", "delete", binary["prn"], "--yes")

    assert deleted.status == 0
    assert deleted.out == ""
    assert desk.run("binaries", "get", binary["prn"]).status == 1


def test_rejected_content_comes_with_two_ways_on(desk: Desk, line: Line) -> None:
    binary = brought_to(line.yard, "hashable", a_version(line.yard.api))
    for stored in line.yard.disk.files():
        stored.write_bytes(b"Jello, Binary\n")

    moved = desk.run("binaries", "update", binary["prn"], "--state", "hashing")
    waited = desk.run("binaries", "wait", binary["prn"])

    assert moved.status == 0
    assert waited.status == 1
    assert f"sealift binaries update {binary['prn']} --state hashing" in waited.err
    assert f"sealift binaries reset {binary['prn']}" in waited.err


def test_waiting_has_an_end(desk: Desk, line: Line) -> None:
    binary = a_binary(line.yard.api, a_version(line.yard.api))

    ended = desk.run("binaries", "wait", binary["prn"], "--timeout", "0")

    assert ended.status == 1
    assert "uploadable" in ended.err


def test_parts_can_be_announced_and_listed(desk: Desk, line: Line) -> None:
    binary = a_binary(line.yard.api, a_version(line.yard.api))
    digest = hashlib.sha256(CONTENT).hexdigest()
    size = str(len(CONTENT))

    made = result(
        desk,
        *("binary-parts", "create", "--binary-prn", binary["prn"], "--index", "1"),
        *("--hash", digest, "--size", size, "--expected-binary-size", size),
    )["binary_part"]
    listed = result(desk, "binary-parts", "list", "--binary-prn", binary["prn"])

    assert made["presigned_upload_url"].startswith("http")
    assert [part["index"] for part in listed["binary_parts"]] == [1]


# --- signing keys --------------------------------------------------------------------------------


def test_a_new_pair_is_kept_here_and_registered_there(
    desk: Desk, line: Line, tmp_path: Path
) -> None:
    ended = desk.run(
        "signing-keys", "create", "--name", "release", "--out", str(tmp_path), "--config"
    )

    private = tmp_path / "release-private.pem"
    made = json.loads(ended.out)["signing_key"]
    remembered = json.loads((desk.home / "config.json").read_text())["signing_key_pairs"]
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert remembered == {
        "release": {
            "signing_key_prn": made["prn"],
            "signing_key_private_path": str(private),
        }
    }
    sent = b"".join(request.content for request in line.sent)
    assert private.read_bytes().splitlines()[1] not in sent


def test_a_refused_key_leaves_no_files_behind(desk: Desk, tmp_path: Path) -> None:
    desk.run("signing-keys", "create", "--name", "release", "--value", PUBLIC_KEY)

    ended = desk.run("signing-keys", "create", "--name", "release", "--out", str(tmp_path / "k"))

    assert ended.status == 1
    assert list((tmp_path / "k").iterdir()) == []


def test_a_pair_is_never_overwritten(desk: Desk, tmp_path: Path) -> None:
    desk.run("signing-keys", "create", "--name", "release", "--out", str(tmp_path / "k"))
    before = (tmp_path / "k/release-private.pem").read_bytes()

    ended = desk.run("signing-keys", "create", "--name", "release", "--out", str(tmp_path / "k"))

    assert ended.status == 65
    assert (tmp_path / "k/release-private.pem").read_bytes() == before


def test_without_a_server_no_key_is_lost(offline: Desk, tmp_path: Path) -> None:
    ended = offline.run(
        *("-a", "k", "signing-keys", "create", "--name", "release", "--out", str(tmp_path)),
    )

    assert ended.status == 1
    assert (tmp_path / "release-private.pem").exists()


def test_a_key_can_be_registered_in_each_form(desk: Desk, tmp_path: Path) -> None:
    desk.run("signing-keys", "create", "--name", "a", "--out", str(tmp_path))
    public = tmp_path / "a-public.pem"
    key = result(desk, "signing-keys", "list")["signing_keys"][0]
    desk.run("signing-keys", "delete", key["prn"])

    by_path = result(desk, "signing-keys", "create", "--name", "b", "--path", str(public))
    desk.run("signing-keys", "delete", by_path["signing_key"]["prn"])
    by_text = result(desk, "signing-keys", "create", "--name", "c", "--key", public.read_text())

    assert by_path["signing_key"]["value"] == key["value"]
    assert by_text["signing_key"]["value"] == key["value"]


def test_a_key_can_be_renamed(desk: Desk) -> None:
    made = result(desk, "signing-keys", "create", "--name", "a", "--value", PUBLIC_KEY)

    renamed = result(desk, "signing-keys", "update", made["signing_key"]["prn"], "--name", "b")

    assert renamed["signing_key"]["name"] == "b"
