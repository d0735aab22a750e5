"""What holds after every call about distribution, however it was answered."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, Table

from sealift.records import tables
from sealift.records.transaction import Transaction
from tests.actions.distribution.model import Model
from tests.actions.distribution.records import Release
from tests.yard import Yard

_SHOWN: Final = (
    "required",
    "disabled",
    "phase_mode",
    "version",
    "version_requirement",
    "retry_limit",
    "disable_after_failures",
)
_NUMBERS: Final = ("phase_value", "disable_after_failure_share")


def channels_agree(yard: Yard, model: Model) -> None:
    listed = yard.api.get("/releases?limit=100").json()["releases"]
    channels = {cohort: model.channel(cohort) for cohort in model.cohorts}

    expected = {prn: each for channel in channels.values() for prn, each in channel.items()}
    assert {each["prn"] for each in listed} == expected.keys()
    for each in listed:
        shown, due = _shown(each), _expected(expected[each["prn"]])
        assert shown == due, shown.items() ^ due.items()
    for cohort in model.cohorts:
        _is_legal([each for each in listed if each["cohort_prn"] == cohort])


def _is_legal(channel: list[dict[str, Any]]) -> None:
    """One latest release, to which all lead; only that one may be limited."""
    following = {each["prn"]: each["next_release_prn"] for each in channel}
    latest = [prn for prn, after in following.items() if after is None]
    assert len(latest) == min(len(channel), 1), following
    for each in channel:
        prn, steps = each["prn"], 0
        while following[prn] is not None:  # which fails for one that is not of this channel
            prn, steps = following[prn], steps + 1
            assert steps < len(channel), "it leads back to itself"
        is_complete = (each["phase_mode"], each["phase_value"]) == ("numeric", 1)
        assert each["prn"] in latest or (is_complete and each["schedule_complete"]), each


def _shown(release: Mapping[str, Any]) -> dict[str, object]:
    shown = {name: release[name] for name in _SHOWN}
    shown |= {
        name: None if release[name] is None else Decimal(str(release[name])) for name in _NUMBERS
    }
    shown["tags"] = release["phase_tags"]
    shown["links"] = release["cohort_prn"], release["bundle_prn"], release["next_release_prn"]
    return shown


def _expected(release: Release) -> dict[str, object]:
    expected = {name: getattr(release, name) for name in (*_SHOWN, *_NUMBERS)}
    expected["tags"] = None if release.phase_tags is None else list(release.phase_tags)
    expected["links"] = release.cohort, release.bundle, release.next
    return expected


def counts_agree(yard: Yard, model: Model) -> None:
    """Each claim once, and where each device stands with each release."""
    claims, outcomes, reports = (
        tables.release_claims,
        tables.release_outcomes,
        tables.device_reports,
    )
    with yard.system.records.read(None) as tx:
        claimed = sorted((row.release_id, row.device_id) for row in _rows(tx, claims))
        standing = {
            (row.release_id, row.device_id): (row.outcome, row.failures)
            for row in _rows(tx, outcomes)
        }
        reported = {row.id: row.outcome for row in _rows(tx, reports)}

    assert claimed == sorted(
        (_id(each.prn), _id(device)) for each in model.releases.values() for device in each.claims
    )
    assert standing == {
        (_id(each.prn), _id(device)): (outcome, each.failures[device])
        for each in model.releases.values()
        for device, outcome in each.outcomes.items()
    }
    assert reported == {own: outcome for own, (_, _, outcome) in model.reports.items()}


def _rows(tx: Transaction, table: Table) -> Sequence[Row[Any]]:
    return tx.connection.execute(tx.select(table)).all()


def _id(prn: str) -> str:
    return prn.rpartition(":")[2]


def devices_agree(yard: Yard, model: Model) -> None:
    """What is on record of each device, archived ones too."""
    listed = [
        each
        for archived in ("false", "true")
        for each in yard.api.get(
            "/devices", params={"limit": 100, "search": f"archived:{archived}"}
        ).json()["devices"]
    ]
    shown = {
        each["prn"]: (
            each["cohort_prn"],
            each["quarantined"],
            each["archived"],
            each["tags"],
            each["reported_release_prn"],
            each["reported_bundle_prn"],
            each["reported_release_version"],
        )
        for each in listed
    }
    assert shown == {
        prn: (
            each.cohort,
            each.quarantined,
            each.archived,
            None if each.tags is None else list(each.tags),
            each.said.release,
            each.said.bundle,
            each.said.version,
        )
        for prn, each in model.devices.items()
    }
