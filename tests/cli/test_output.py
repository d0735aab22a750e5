"""Results on standard output, everything else on standard error, and nothing that harms."""

import json
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.terminal import (
    ESCAPE,
    PROGRAM,
    Desk,
    clean_environment,
    run_on_terminal,
    run_program,
)

_BINARY = "prn:1:00000000-0000-4000-8000-000000000001:binary:00000000-0000-4000-8000-000000000002"
_KEY = _BINARY.replace(":binary:", ":signing_key:")


def _hash_then_fail(folder: Path) -> list[str]:
    """A command that works through a file, with progress, and then finds no server."""
    content, key = folder / "firmware.bin", folder / "key"
    content.write_bytes(bytes(8_000_000))
    key.write_text(
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA=="
    )
    return [
        *("-a", "key", "-b", "http://127.0.0.1:9", "binary-signatures", "create"),
        *("--binary-prn", _BINARY, "-c", str(content)),
        *("--signing-key-private", str(key), "--signing-key-prn", _KEY),
    ]


def test_results_are_json_on_standard_output_alone(desk: Desk) -> None:
    ended = desk.run("artifacts", "create", "--name", "kernel")

    assert json.loads(ended.out)["artifact"]["name"] == "kernel"
    assert ended.err == ""


def test_a_list_is_the_servers_own_answer(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        desk.run("artifacts", "create", "--name", name)

    page = json.loads(desk.run("artifacts", "list", "--limit", "2", "--order", "asc").out)
    rest = desk.run(
        "artifacts", "list", "--limit", "2", "--order", "asc", "--page", page["next_page"]
    )
    every = json.loads(desk.run("artifacts", "list", "--all").out)

    assert [artifact["name"] for artifact in page["artifacts"]] == ["a", "b"]
    assert [artifact["name"] for artifact in json.loads(rest.out)["artifacts"]] == ["c"]
    assert [artifact["name"] for artifact in every["artifacts"]] == ["c", "b", "a"]
    assert every["next_page"] is None


def test_a_table_has_a_line_for_each_record(desk: Desk) -> None:
    for name in ("short", "a-longer-name"):
        desk.run("artifacts", "create", "--name", name)

    lines = desk.run("-o", "table", "artifacts", "list").out.splitlines()

    assert lines[0].split() == ["NAME", "DESCRIPTION", "INSERTED_AT", "PRN"]
    assert [line.split()[0] for line in lines[1:]] == ["a-longer-name", "short"]
    assert len({line.index("prn:1:") for line in lines[1:]}) == 1


def test_an_empty_table_still_has_its_head(desk: Desk) -> None:
    assert desk.run("-o", "table", "binaries", "list").out.split()[0] == "TARGET"


def test_a_table_says_that_there_is_more_on_standard_error(desk: Desk) -> None:
    for name in ("a", "b"):
        desk.run("artifacts", "create", "--name", name)

    ended = desk.run("artifacts", "list", "--limit", "1", "-o", "table")

    assert len(ended.out.splitlines()) == 2
    assert "--all" in ended.err


@pytest.mark.parametrize("form", ["json", "table"])
def test_names_cannot_act_on_the_terminal(desk: Desk, form: str) -> None:
    desk.run("artifacts", "create", "--name", "a\x1b[2Jb\x9b31mc\x07d")

    shown = desk.run("-o", form, "artifacts", "list")

    assert not set(shown.out) & {"\x1b", "\x9b", "\x07"}


def test_json_survives_the_escaping(desk: Desk) -> None:
    desk.run("artifacts", "create", "--name", "ü\x9b百")

    shown = json.loads(desk.run("artifacts", "list").out)

    assert shown["artifacts"][0]["name"] == "ü\x9b百"


def test_errors_cannot_act_on_the_terminal_either(offline: Desk) -> None:
    ended = offline.run("-a", "k", "binaries", "get", "a\x1b[2Jb")

    assert ended.status == 65
    assert ESCAPE not in ended.err


@pytest.mark.parametrize("words", [["--help"], ["binaries", "create", "--help"], ["nonsense"]])
def test_a_pipe_gets_no_control_characters(tmp_path: Path, words: Sequence[str]) -> None:
    ended = run_program(words, tmp_path, {"TERM": "xterm-256color"})

    written = ended.out + ended.err
    assert not {character for character in written if character < " "} - {"\n"}
    assert max(map(len, written.splitlines())) <= 80


def test_progress_on_a_pipe_is_plain_lines(tmp_path: Path) -> None:
    ended = run_program(_hash_then_fail(tmp_path), tmp_path, {"TERM": "xterm-256color"})

    assert ended.status == 1
    assert ended.out == ""
    assert ended.lines[0] == "hashing (8.0 MB)"
    assert ESCAPE not in ended.err


def test_a_terminal_gets_a_bar(tmp_path: Path) -> None:
    written = run_on_terminal(_hash_then_fail(tmp_path), tmp_path, {"TERM": "xterm-256color"})

    assert ESCAPE in written
    assert "hashing" in written
    assert "8.0/8.0 MB" in written


@pytest.mark.parametrize(
    "environment",
    [{"TERM": "xterm-256color", "NO_COLOR": "1"}, {"TERM": "dumb"}, {}],
    ids=["NO_COLOR", "dumb", "no TERM"],
)
def test_a_plain_terminal_gets_plain_lines(tmp_path: Path, environment: dict[str, str]) -> None:
    written = run_on_terminal(_hash_then_fail(tmp_path), tmp_path, environment)

    assert ESCAPE not in written
    assert "hashing (8.0 MB)" in written


@pytest.mark.parametrize(("option", "said"), [("--quiet", []), ("--no-progress", [])])
def test_progress_can_be_switched_off(tmp_path: Path, option: str, said: list[str]) -> None:
    ended = run_program([option, *_hash_then_fail(tmp_path)], tmp_path)

    assert ended.lines[:-1] == said
    assert ended.lines[-1].startswith("error: cannot reach http://127.0.0.1:9")


def test_results_are_indented_on_a_terminal(tmp_path: Path) -> None:
    written = run_on_terminal(["config", "profiles", "list"], tmp_path, {"TERM": "xterm"})

    assert written.splitlines()[0] == "{"


def test_results_are_one_line_on_a_pipe(tmp_path: Path) -> None:
    ended = run_program(["config", "profiles", "list"], tmp_path)

    assert ended.out == '{"profiles": []}\n'


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "config", "profiles", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(tmp_path),
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        said = program.stderr.read()
        status = program.wait(60)

    assert said == b""
    assert status == 141


def test_a_full_disk_behind_standard_output_is_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*PROGRAM, "config", "profiles", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=clean_environment(tmp_path),
            timeout=60,
        )

    assert done.returncode == 1
    assert done.stderr == "error: No space left on device\n"


def test_an_interruption_is_one_line_that_says_how_to_go_on(tmp_path: Path) -> None:
    words = _hash_then_fail(tmp_path)
    with (tmp_path / "firmware.bin").open("wb") as file:
        file.truncate(200_000_000_000)  # takes no room, but minutes to hash

    with subprocess.Popen(
        [*PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(tmp_path),
        # Whoever starts the tests in the background has them ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as program:
        assert program.stderr is not None
        program.stderr.readline()
        program.send_signal(signal.SIGINT)
        out, said = program.communicate(timeout=60)

    assert program.returncode == 130
    assert out == ""
    assert said == "stopped; run the same command again to go on\n"


def test_help_comes_quickly_because_little_is_imported(tmp_path: Path) -> None:
    listing = "import sys; from sealift.cli.app import app; app(['--help'], standalone_mode=False)"
    loaded = f"{listing}; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [PROGRAM[0], "-c", loaded],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(tmp_path),
        timeout=60,
    )

    heavy = {"httpx", "pydantic", "rich", "cryptography", "asyncio", "sqlalchemy", "fastapi"}
    assert heavy & set(done.stderr.split()) == set()


def test_completion_knows_commands_and_options(tmp_path: Path) -> None:
    words = {"_SEALIFT_COMPLETE": "complete_bash", "COMP_WORDS": "sealift binaries d"}

    ended = run_program([], tmp_path, {**words, "COMP_CWORD": "2"})

    assert ended.out.split() == ["download", "destroy", "delete"]


def test_the_version_is_told(offline: Desk) -> None:
    ended = offline.run("--version")

    assert ended.status == 0
    assert ended.out.startswith("sealift ")


def test_verbose_shows_requests_but_not_the_key(desk: Desk, line: object) -> None:
    del line
    key = (desk.environment or {})["SEALIFT_API_KEY"]

    ended = desk.run("--verbose", "users", "me")

    assert ended.status == 0
    assert key not in ended.out + ended.err
