"""What B4 asks of a fleet's records: every promised search, with values that occur in it."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final
from uuid import UUID

from bench import fleet
from bench.fleet import Fleet
from sealift.domain.names import Kind

Chooses = Callable[[Fleet, Random], str]


@dataclass(frozen=True, slots=True)
class Question:
    """`search` is its text, with values of the fleet; empty: the whole list."""

    name: str
    search: Chooses = lambda _fleet, _random: ""
    of: str = "binaries"
    descending: bool = True
    is_deep: bool = False  # a page in the middle of the list

    @property
    def is_for_texts(self) -> bool:
        return "~" in self.name


def _said(text: str) -> Chooses:
    return lambda _fleet, _random: text


def _version_and_target(fleet: Fleet, random: Random) -> str:
    version, target = random.choice(fleet.version_targets)
    name = fleet.name(Kind.ARTIFACT_VERSION, dashed(version))
    return f"artifact_version_prn:'{name}' and target:'{target}'"


def _version(fleet: Fleet, random: Random) -> str:
    return _version_and_target(fleet, random).partition(" and ")[0]


def _target(fleet: Fleet, random: Random) -> str:
    return f"target:'{random.choice(fleet.version_targets)[1]}'"


def _hash(fleet: Fleet, random: Random) -> str:
    return f"hash:'{random.choice(fleet.binaries)[1]}'"


def _words(fleet: Fleet, random: Random) -> str:
    return f"description~'{random.choice(fleet.phrases)}'"


def _keyid(number: int) -> Chooses:
    return lambda fleet, _random: f"signature.signing_key.keyid:'{fleet.keyids[number]}'"


def dashed(row_id: str) -> str:
    return str(UUID(row_id))


QUESTIONS: Final = (
    Question("newest page"),
    Question("oldest page", descending=False),
    Question("deep page", is_deep=True),
    Question("deep page, oldest first", is_deep=True, descending=False),
    Question("version and target", _version_and_target),
    Question("version", _version),
    Question("state, frequent", _said("state:'signable'")),
    Question("state, frequent, deep", _said("state:'signable'"), is_deep=True),
    Question("state, rare", _said("state:'hashing'")),
    Question("state, rare, oldest first", _said("state:'hashing'"), descending=False),
    Question("state, rare, deep", _said("state:'hashing'"), is_deep=True),
    Question("hash", _hash),
    Question("target", _target),
    Question("target, oldest first", _target, descending=False),
    Question("signatures by a frequent keyid", _keyid(0), of="binary_signatures"),
    Question("signatures by a rare keyid", _keyid(1), of="binary_signatures"),
    Question("signatures by an unused keyid", _keyid(2), of="binary_signatures"),
    Question("target~ frequent", _said("target~'linux'")),
    Question("target~ of the past only", _said(f"target~'{fleet.OLD}'")),
    Question("target~ absent", _said("target~'armv6'")),
    Question("target~ absent, of frequent parts", _said("target~'linux-aarch64'")),
    Question("description~ three words", _words),
    Question("description~ three words, oldest first", _words, descending=False),
    Question("description~ rare", _said(f"description~'{fleet.RARE}'")),
    Question("description~ absent", _said("description~'qzxvkj'")),
    Question(
        "description~ rare, and a state",
        _said(f"description~'{fleet.RARE}' and state:'signed'"),
    ),
)
