"""Global options behind a command are moved to where the root looks for them."""

from collections.abc import Sequence

import pytest

from sealift.cli.global_options import first

_COMMANDS = {"binaries", "users"}


@pytest.mark.parametrize(
    ("words", "moved"),
    [
        (["users", "me", "-a", "k"], ["-a", "k", "users", "me"]),
        (["users", "me", "--api-key=k"], ["--api-key=k", "users", "me"]),
        (["-b", "users", "binaries", "list", "-q"], ["-q", "-b", "users", "binaries", "list"]),
        (["binaries", "list", "--verbose"], ["--verbose", "binaries", "list"]),
        (["binaries", "list", "--output"], ["--output", "binaries", "list"]),
    ],
)
def test_they_come_first(words: Sequence[str], moved: Sequence[str]) -> None:
    assert first(words, _COMMANDS) == moved


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--help"],
        ["binaries", "get", "--", "-a", "k"],
        ["binaries", "create", "-c", "file", "-b", "prn"],  # its own, not the root's
        ["config", "profiles", "create", "users", "--api-key", "k"],
        ["admin", "users", "list", "--output", "table"],
        ["-p", "users", "serve", "--verbose"],
    ],
)
def test_what_is_not_meant_for_the_root_stays(words: Sequence[str]) -> None:
    assert first(words, _COMMANDS) == words
