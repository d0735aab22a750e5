"""Why a device is answered what it is answered, told in lines of at most 80 columns."""

import textwrap
from collections.abc import Iterator
from typing import Final, cast

from sealift.cli.config import Json, as_object
from sealift.cli.terminal import plain
from sealift.domain.names import parse

_WIDTH: Final = 80
_MARKS: Final = {True: "yes", False: "no "}


def told(explained: Json) -> Iterator[str]:
    """What is decided, and the rules that were tried until it was."""
    yield from _wrapped(_decided(explained), "")
    yield ""
    yield from _rules(explained.get("story"))
    if explained.get("why_not") is not None:
        yield ""
        yield "That release:"
        yield ""
        yield from _rules(explained.get("why_not"))


def _decided(explained: Json) -> str:
    device = as_object(explained.get("device")).get("identifier") or "the device"
    source = explained.get("source_prn")
    origin = f" from {_called(source, explained.get('source_name'))}" if source else ""
    return f"{device} at {explained.get('at')}: {explained.get('status')}{origin}"


def _rules(lines: object) -> Iterator[str]:
    for line in cast("list[Json]", lines or []):
        subject = line.get("subject_prn")
        who = f"{_called(subject, line.get('subject_name'))} " if subject else ""
        mark = _MARKS[bool(line.get("passed"))]
        yield from _wrapped(f"{who}{line.get('text')}", f"  {mark}  ")


def _called(prn: object, name: object) -> str:
    """The kind of a subject and its name, or its id if it has none."""
    found = parse(str(prn))
    if found is None:
        return str(name or prn)
    return f"{found.kind.replace('_', ' ')} {name or found.id}"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        plain(text),
        width=_WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_on_hyphens=False,
    )
