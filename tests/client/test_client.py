"""The collections against a real server: records in, the wire's models out."""

import pytest

from sealift.domain.errors import NotFound, RequestInvalid, Taken
from sealift.wire.admin import (
    ArtifactChanges,
    NewArtifact,
    NewArtifactVersion,
    NewBinary,
    NewSigningKey,
)
from tests.client.line import Line
from tests.yard import CONTENT, PUBLIC_KEY, digest


def test_a_record_goes_through_its_life(line: Line) -> None:
    with line.client() as client:
        made = client.artifacts.create(
            NewArtifact(name="kernel", custom_metadata={"slot": "a", "n": [1, None]})
        )
        changed = client.artifacts.change(made.prn, ArtifactChanges(description="The kernel"))
        cleared = client.artifacts.change(made.prn, ArtifactChanges(description=None))
        client.artifacts.delete(made.prn)

        with pytest.raises(NotFound):
            client.artifacts.get(made.prn)

    assert made.custom_metadata == {"slot": "a", "n": [1, None]}
    assert (changed.name, changed.description) == ("kernel", "The kernel")
    assert cleared.description is None


def test_every_noun_has_its_collection(line: Line) -> None:
    with line.client() as client:
        artifact = client.artifacts.create(NewArtifact(name="kernel"))
        version = client.artifact_versions.create(
            NewArtifactVersion(artifact_prn=artifact.prn, version="1.0.0")
        )
        binary = client.binaries.create(
            NewBinary(
                artifact_version_prn=version.prn,
                target="arm",
                hash=digest(CONTENT),
                size=len(CONTENT),
            )
        )
        key = client.signing_keys.create(NewSigningKey(name="release", value=PUBLIC_KEY))

        assert client.artifact_versions.get(version.prn) == version
        assert client.binaries.get(binary.prn) == binary
        assert client.signing_keys.get(key.prn) == key
        assert client.binaries.parts(binary.prn) == []
        assert list(client.binary_signatures.all()) == []
        assert client.me().username == "admin"


def test_all_pages_are_fetched_as_they_are_asked_for(line: Line) -> None:
    with line.client() as client:
        for number in range(205):
            client.artifacts.create(NewArtifact(name=f"a{number:03}"))
        line.sent.clear()

        found = client.artifacts.all(order="asc")
        first = next(found)
        asked_for_the_first = len(line.sent)
        names = [first.name, *(artifact.name for artifact in found)]

    assert asked_for_the_first == 1
    assert len(line.sent) == 3
    assert names == [f"a{number:03}" for number in range(205)]


def test_a_search_goes_with_every_page(line: Line) -> None:
    with line.client() as client:
        for number in range(102):
            client.artifacts.create(NewArtifact(name=f"yes{number}"))
            client.artifacts.create(NewArtifact(name=f"no{number}"))

        found = list(client.artifacts.all(search="name~'yes'"))

    assert len(found) == 102


def test_a_page_knows_where_the_next_begins(line: Line) -> None:
    with line.client() as client:
        for name in ("a", "b", "c"):
            client.artifacts.create(NewArtifact(name=name))

        first, cursor = client.artifacts.page(limit=2, order="asc")
        second, end = client.artifacts.page(limit=2, order="asc", page=cursor)

    assert [artifact.name for artifact in first + second] == ["a", "b", "c"]
    assert end is None


def test_refusals_of_the_server_are_raised_as_themselves(line: Line) -> None:
    with line.client() as client:
        client.artifacts.create(NewArtifact(name="kernel"))

        with pytest.raises(Taken) as taken:
            client.artifacts.create(NewArtifact(name="kernel"))
        with pytest.raises(RequestInvalid) as limit:
            client.artifacts.page(limit=1000)

    assert taken.value.field == "name"
    assert taken.value.facts["request_id"]
    assert list(limit.value.errors) == ["limit"]
