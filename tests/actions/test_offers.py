"""What is to be given may be taken away by others before it is."""

import pytest

from sealift.actions import manifests
from sealift.actions.manifests import Detail
from sealift.domain.checks import Decision, Source, Status
from sealift.domain.errors import Changed
from tests.admin_api.distributing import a_channel
from tests.yard import Yard, an_override


def _given(source: Source, source_prn: str, bundle_prn: str) -> Decision:
    source_id, bundle_id = (prn.rpartition(":")[2] for prn in (source_prn, bundle_prn))
    return Decision(Status.UPDATE, source, source_id, bundle_id, claims=False, story=())


def test_a_release_that_is_archived_meanwhile_is_a_lost_race_and_no_unknown_device(
    yard: Yard,
) -> None:
    channel = a_channel(yard)
    release = channel.add()
    decision = _given(Source.RELEASE, release["prn"], release["bundle_prn"])
    organization_id = release["organization_prn"].rpartition(":")[2]

    channel.archive(release)

    with yard.system.records.write(organization_id) as tx, pytest.raises(Changed):
        manifests.offer(tx, decision, Detail.NAMES)


def test_an_override_that_is_deleted_meanwhile_is_a_lost_race_too(yard: Yard) -> None:
    channel = a_channel(yard)
    override = an_override(yard.api, channel.bundle)
    decision = _given(Source.BUNDLE_OVERRIDE, override["prn"], override["bundle_prn"])
    organization_id = override["organization_prn"].rpartition(":")[2]

    yard.api.delete(f"/bundle_overrides/{override['prn']}")

    with yard.system.records.write(organization_id) as tx, pytest.raises(Changed):
        manifests.offer(tx, decision, Detail.NAMES)


def test_metadata_of_artifacts_is_read_only_for_who_asks_for_it(yard: Yard) -> None:
    channel = a_channel(yard)
    artifacts = yard.api.get("/artifacts").json()["artifacts"]
    for each in artifacts:
        yard.api.patch(f"/artifacts/{each['prn']}", json={"custom_metadata": {"much": "of it"}})
    release = channel.add()
    decision = _given(Source.RELEASE, release["prn"], release["bundle_prn"])
    organization_id = release["organization_prn"].rpartition(":")[2]

    with yard.system.records.read(organization_id) as tx:
        offers = [manifests.offer(tx, decision, detail) for detail in Detail]

    assert [len(each.entries) if each else None for each in offers] == [0, 1, 1]
    read = [each.entries[0].artifact.custom_metadata for each in offers[1:] if each]
    assert read == [None, '{"much":"of it"}']
