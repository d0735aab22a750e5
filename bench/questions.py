"""What B4 asks of a fleet's records: every promised search, with values that occur in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from bench import binaries, devices
from bench.fleet import RARE, Fleet, dashed
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
    is_walked: bool = False  # no index has it

    @property
    def has_index(self) -> bool:
        """Whether it is found as fast among many rows as among few."""
        return "~" not in self.name and not self.is_walked


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


BINARY_QUESTIONS: Final = (
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
    Question("target~ of the past only", _said(f"target~'{binaries.OLD}'")),
    Question("target~ absent", _said("target~'armv6'")),
    Question("target~ absent, of frequent parts", _said("target~'linux-aarch64'")),
    Question("description~ three words", _words),
    Question("description~ three words, oldest first", _words, descending=False),
    Question("description~ rare", _said(f"description~'{RARE}'")),
    Question("description~ absent", _said("description~'qzxvkj'")),
    Question(
        "description~ rare, and a state",
        _said(f"description~'{RARE}' and state:'signed'"),
    ),
)


# --- devices -------------------------------------------------------------------------------------


def _own(column: str, key: str = "", *, cut: int = 0, operator: str = ":") -> Chooses:
    """What some device has in a column; with `cut` so many of its last characters."""

    def choose(fleet: Fleet, random: Random) -> str:
        device, _ = random.choice(fleet.devices)
        return f"{key or column}{operator}'{device[column][-cut:]}'"

    return choose


def _of(kind: Kind, place: int) -> Chooses:
    """Of the largest product or cohort, or of the smallest."""

    def choose(fleet: Fleet, _random: Random) -> str:
        ids = fleet.cohorts if kind is Kind.COHORT else fleet.products
        return f"{kind}_prn:'{fleet.name(kind, dashed(ids[place]))}'"

    return choose


def _small_cohort_and_identifier(fleet: Fleet, random: Random) -> str:
    cohort = _of(Kind.COHORT, -1)(fleet, random)
    return f"{cohort} and {_own('identifier', cut=6, operator='~')(fleet, random)}"


def _asked(of: str, *questions: Question) -> tuple[Question, ...]:
    return tuple(replace(each, of=of) for each in questions)


DEVICE_QUESTIONS: Final = _asked(
    "devices",
    Question("newest devices"),
    Question("oldest devices", descending=False),
    Question("devices, deep page", is_deep=True),
    Question("archived devices", _said("archived:true")),
    Question("archived devices, oldest first", _said("archived:true"), descending=False),
    Question("cohort, large", _of(Kind.COHORT, 0)),
    Question("cohort, large, oldest first", _of(Kind.COHORT, 0), descending=False),
    Question("cohort, small", _of(Kind.COHORT, -1)),
    Question("product, large, oldest first", _of(Kind.PRODUCT, 0), descending=False),
    Question("product, small", _of(Kind.PRODUCT, -1)),
    Question("identifier", _own("identifier")),
    Question("identifier, absent", _said("identifier:'gw-00000'")),
    Question("target of devices", _own("target")),
    Question("target of the past only", _said(f"target:'{devices.OLD}-linux-gnu'")),
    Question("reported release", _own("reported_release_prn")),
    Question("reported bundle", _own("reported_bundle_prn")),
    Question("reported version", _own("reported_release_version")),
    Question("connected lately", _said("last_connected_at>'2025-12-31T12:00:00Z'")),
    Question(
        "connected last long ago",
        _said("last_connected_at<'2025-12-20T00:00:00Z'"),
        is_walked=True,
    ),
    Question("identifier~ end of one", _own("identifier", cut=6, operator="~")),
    Question("identifier~ frequent", _said("identifier~'gw-'")),
    Question("identifier~ of old ones", _said("identifier~'gw-0000'"), descending=True),
    Question("identifier~ absent", _said("identifier~'qzx'")),
    Question("identifier~ end of one, small cohort", _small_cohort_and_identifier),
    Question("description~ three words, devices", _words),
    Question("description~ rare, devices", _said(f"description~'{RARE}'")),
    Question("description~ absent, devices", _said("description~'qzxvkj'")),
) + _asked(
    "device_certificates",
    Question("certificates of a large product", _of(Kind.PRODUCT, 0)),
    Question("certificates of a small product", _of(Kind.PRODUCT, -1)),
)
