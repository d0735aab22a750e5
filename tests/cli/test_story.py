"""The story of a decision as people read it: 80 columns, names before ids."""

from typing import Any

from sealift.cli.story import told

_ID = "00000000-0000-4000-8000-000000000002"
_ORGANIZATION = "prn:1:00000000-0000-4000-8000-000000000001"


def _line(text: str, *, passed: bool, kind: str | None = None, name: str | None = None) -> object:
    prn = f"{_ORGANIZATION}:{kind}:{_ID}" if kind else None
    return {
        "step": "walk",
        "subject_prn": prn,
        "subject_name": name,
        "passed": passed,
        "text": text,
    }


def _explained(*story: object, **fields: object) -> dict[str, Any]:
    return {
        "device": {"identifier": "gw-1"},
        "at": "2026-01-31T12:00:00.000000Z",
        "status": "no_update",
        "source_prn": None,
        "source_name": None,
        "story": list(story),
        "why_not": None,
        **fields,
    }


def test_a_story_says_what_was_tried_and_of_what() -> None:
    explained = _explained(
        _line("the device is in a cohort", passed=True),
        _line("is disabled", passed=False, kind="release", name="1.2.0"),
        _line("ended", passed=False, kind="bundle_override"),
    )

    assert list(told(explained)) == [
        "gw-1 at 2026-01-31T12:00:00.000000Z: no_update",
        "",
        "  yes  the device is in a cohort",
        "  no   release 1.2.0 is disabled",
        f"  no   bundle override {_ID} ended",
    ]


def test_where_an_update_comes_from_is_said_first() -> None:
    explained = _explained(
        status="update", source_prn=f"{_ORGANIZATION}:release:{_ID}", source_name="1.2.0"
    )

    assert next(told(explained)).endswith(": update from release 1.2.0")


def test_what_is_said_of_one_release_comes_last() -> None:
    explained = _explained(why_not=[_line("is disabled", passed=False, kind="release", name="a")])

    assert list(told(explained))[-3:] == ["That release:", "", "  no   release a is disabled"]


def test_lines_are_cut_where_words_end_and_control_nothing() -> None:
    explained = _explained(_line("word " * 40 + "\x1b[2J", passed=False))

    lines = list(told(explained))

    assert max(map(len, lines)) <= 80
    assert not any("\x1b" in line for line in lines)
    assert all(line.startswith("       word") for line in lines[3:-1])
