"""What the doctor says: one line for each thing, and what to do next where it is not well."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    OK = "ok"
    WARNING = "warning"  # works, and may not for long, or not for everybody
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Said:
    about: str
    mark: Mark
    text: str
    advice: str = ""


def well(about: str, text: str) -> Said:
    return Said(about, Mark.OK, text)


def warning(about: str, text: str, advice: str) -> Said:
    return Said(about, Mark.WARNING, text, advice)


def wrong(about: str, text: str, advice: str) -> Said:
    return Said(about, Mark.WRONG, text, advice)
