"""Versions and requirements, in the dialect of Elixir's `Version` module.

A version has three numbers, perhaps a pre-release (`-rc.1`) and a build (`+5`, which says
nothing about order). A requirement is comparisons joined by `and` and `or`, where neither binds
closer: a joint takes all that follows it, so `a and b or c` is `a and (b or c)`.

`>`, `>=` and `~>` let a pre-release through only if the version they name is one, too.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

LONGEST: Final = 256  # characters; devices send what they like
_NUMBER: Final = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER: Final = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION: Final = re.compile(
    rf"({_NUMBER})\.({_NUMBER})(?:\.({_NUMBER}))?"
    rf"(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_COMPARISON: Final = re.compile(r" *(==|!=|>=|<=|~>|>|<|) *([^ ]+) *")
_JOINT: Final = re.compile(r" (and|or) ")
_REMEMBERED: Final = 4096  # texts; a fleet reports the same few again and again

Identifier: TypeAlias = tuple[bool, int, str]  # words come after numbers
Test: TypeAlias = Callable[["Version"], bool]


class Version(NamedTuple):
    """Ordered by its fields as they stand here."""

    major: int
    minor: int
    patch: int
    is_final: bool  # no pre-release, and so later than those
    pre_release: tuple[Identifier, ...] = ()


_LOWEST_PRE_RELEASE: Final = ((False, 0, ""),)
_SIGNS: Final[Mapping[str, Callable[[Version, Version], bool]]] = {
    "": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True)
class Requirement:
    holds: Test
    joint: str  # to the rest
    rest: "Requirement | None"

    def allows(self, version: Version) -> bool:
        if self.rest is None:
            return self.holds(version)
        if self.joint == "and":
            return self.holds(version) and self.rest.allows(version)
        return self.holds(version) or self.rest.allows(version)


@lru_cache(_REMEMBERED)
def parse_version(text: str) -> Version | None:
    found = _VERSION.fullmatch(text) if len(text) <= LONGEST else None
    return _version(found) if found and found[3] else None


@lru_cache(_REMEMBERED)
def parse_requirement(text: str) -> Requirement | None:
    if len(text) > LONGEST:
        return None
    pieces = _JOINT.split(text)
    tests, joints = [_test(piece) for piece in pieces[::2]], pieces[1::2]
    requirement = None
    for holds, joint in zip(reversed(tests), ["", *reversed(joints)], strict=True):
        if holds is None:
            return None
        requirement = Requirement(holds, joint, requirement)
    return requirement


def _test(comparison: str) -> Test | None:
    parts = _COMPARISON.fullmatch(comparison)
    found = parts and _VERSION.fullmatch(parts[2])
    if not parts or not found:
        return None
    if parts[1] == "~>":
        return _roughly(_version(found), names_patch=bool(found[3]))
    return _compared(_SIGNS[parts[1]], _version(found)) if found[3] else None


def _version(found: re.Match[str]) -> Version:
    major, minor, patch, pre_release = found.groups()
    identifiers = pre_release.split(".") if pre_release else []
    return Version(
        int(major),
        int(minor),
        int(patch or 0),
        not identifiers,
        tuple((False, int(it), "") if it.isdigit() else (True, 0, it) for it in identifiers),
    )


def _compared(compare: Callable[[Version, Version], bool], bound: Version) -> Test:
    if compare in {operator.gt, operator.ge} and bound.is_final:
        return lambda version: version.is_final and compare(version, bound)
    return lambda version: compare(version, bound)


def _roughly(lower: Version, *, names_patch: bool) -> Test:
    """At least `lower`, and below the next minor version, or the next major if no patch is named.

    Pre-releases of what it has to be below are not let through either.
    """
    major, minor = (lower.major, lower.minor + 1) if names_patch else (lower.major + 1, 0)
    upper = Version(major, minor, 0, is_final=False, pre_release=_LOWEST_PRE_RELEASE)
    at_least = _compared(operator.ge, lower)
    return lambda version: at_least(version) and version < upper
