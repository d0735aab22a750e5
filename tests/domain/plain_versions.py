"""Versions and requirements as Elixir reads them, worked out a second time, letter by letter."""

from typing import NamedTuple, TypeAlias

Version: TypeAlias = tuple[int, int, int, list[int | str]]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"


def read_version(text: str, *, patch_needed: bool = True) -> Version | None:
    """None if it is malformed. What stands behind a plus is of no account once it is read."""
    text, plus, build = text.partition("+")
    numbers, dash, pre = text.partition("-")
    if plus and not _are_identifiers(build.split(".")):
        return None
    identifiers = pre.split(".") if dash else []
    if not _are_identifiers(identifiers) or any(map(_has_leading_zero, identifiers)):
        return None
    parts = numbers.split(".")
    if len(parts) == 2 and not patch_needed:
        parts.append("0")
    if len(parts) != 3 or not all(map(_is_number, parts)) or any(map(_has_leading_zero, parts)):
        return None
    compared = [int(each) if _is_number(each) else each for each in identifiers]
    return int(parts[0]), int(parts[1]), int(parts[2]), compared


def _are_identifiers(parts: list[str]) -> bool:
    for part in parts:
        if part == "":
            return False
        for letter in part:
            if letter not in _LETTERS:
                return False
    return True


def _is_number(text: str) -> bool:
    return text != "" and all(letter in "0123456789" for letter in text)


def _has_leading_zero(text: str) -> bool:
    return _is_number(text) and len(text) > 1 and text[0] == "0"


def is_before(one: Version, other: Version) -> bool:
    for mine, its in zip(one[:3], other[:3], strict=True):
        if mine != its:
            return mine < its
    if not one[3] or not other[3]:
        return bool(one[3]) and not other[3]
    for mine, its in zip(one[3], other[3], strict=False):
        if mine == its:
            continue
        if isinstance(mine, int) and isinstance(its, int):
            return mine < its
        if isinstance(mine, str) and isinstance(its, str):
            return mine < its
        return isinstance(mine, int)
    return len(one[3]) < len(other[3])


# --- requirements --------------------------------------------------------------------------------


class Clause(NamedTuple):
    operator: str
    version: Version
    has_patch: bool
    joined_by: str | None  # what leads on to the next clause


def satisfies(version: Version, requirement: str) -> bool:
    clauses = read_requirement(requirement)
    return clauses is not None and _satisfies_all(version, clauses)


def _satisfies_all(version: Version, clauses: list[Clause]) -> bool:
    """What joins two clauses takes in all that follows it."""
    first, rest = clauses[0], clauses[1:]
    if first.joined_by == "and":
        return _satisfies_one(version, first) and _satisfies_all(version, rest)
    if first.joined_by == "or":
        return _satisfies_one(version, first) or _satisfies_all(version, rest)
    return _satisfies_one(version, first)


def read_requirement(text: str) -> list[Clause] | None:
    """None if it is malformed."""
    clauses: list[Clause] = []
    rest: str | None = text
    while rest is not None:
        clause, joined_by, rest = _split_off(rest)
        operator = "=="
        for known in ("==", "!=", ">=", "<=", "~>", ">", "<"):
            if clause.startswith(known):
                operator = known
                clause = clause[len(known) :].strip(" ")
                break
        version = read_version(clause, patch_needed=operator != "~>")
        if version is None:
            return None
        has_patch = clause.partition("+")[0].partition("-")[0].count(".") == 2
        clauses.append(Clause(operator, version, has_patch, joined_by))
    return clauses


def _split_off(text: str) -> tuple[str, str | None, str | None]:
    """The first clause, what joins it to the rest, and the rest."""
    for place in range(len(text)):
        for word in ("and", "or"):
            if text.startswith(f" {word} ", place):
                return text[:place].strip(" "), word, text[place + len(word) + 2 :]
    return text.strip(" "), None, None


def _satisfies_one(version: Version, clause: Clause) -> bool:
    operator, wanted = clause.operator, clause.version
    below, above = is_before(version, wanted), is_before(wanted, version)
    if version[3] and not wanted[3] and operator in {">", ">=", "~>"}:
        return False  # a pre-release was not asked for
    end: Version = (wanted[0] + 1, 0, 0, [0])
    if clause.has_patch:
        end = (wanted[0], wanted[1] + 1, 0, [0])
    answers = {
        "==": not below and not above,
        "!=": below or above,
        "<": below,
        "<=": not above,
        ">": above,
        ">=": not below,
        "~>": not below and is_before(version, end),
    }
    return answers[operator]
