"""What is asked on a terminal before something is lost or turned back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sealift.client import create as flow
from sealift.client.client import Client
from sealift.client.create import Signer, Wanted, Way
from sealift.client.progress import Unwatched
from sealift.client.signing import PrivateKey
from sealift.wire.admin import (
    Binary,
    NewArtifact,
    NewArtifactVersion,
    NewBundle,
    NewBundleBinary,
    NewCohort,
    NewProduct,
    NewRelease,
    NewSigningKey,
    Release,
)
from tests.cli.terminal import run_on_terminal
from tests.server import Server, a_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with a_server(tmp_path / "server") as running:
        yield running


def _signed(client: Client, folder: Path) -> Binary:
    key = PrivateKey.make()
    registered = client.signing_keys.create(NewSigningKey(name="k", value=key.public_value))
    artifact = client.artifacts.create(NewArtifact(name="kernel"))
    version = client.artifact_versions.create(
        NewArtifactVersion(artifact_prn=artifact.prn, version="1.0.0")
    )
    path = folder / "content"
    path.write_bytes(b"content")
    way = Way(signers=[Signer(registered.prn, key)])
    return flow.create(client, Wanted(version.prn, "arm"), path, Unwatched(), way)


def _released_twice(client: Client, binary: Binary) -> Release:
    """The first of two releases."""
    product = client.products.create(NewProduct(name="gateway"))
    cohort = client.cohorts.create(NewCohort(product_prn=product.prn, name="field"))
    bundle = client.bundles.create(NewBundle(binaries=[NewBundleBinary(prn=binary.prn)]))
    first, _ = [
        client.releases.create(
            NewRelease(
                bundle_prn=bundle.prn,
                cohort_prn=cohort.prn,
                name=name,
                required=False,
                schedule_date=datetime.now(UTC) - timedelta(hours=1),
            )
        )
        for name in ("first", "second")
    ]
    return first


def test_nothing_is_lost_or_turned_back_without_an_answer(server: Server, tmp_path: Path) -> None:
    environment = {"SEALIFT_BASE_URL": server.base_url, "SEALIFT_API_KEY": server.key}

    def typed(answer: str, *words: str) -> str:
        return run_on_terminal(words, tmp_path, environment, answer)

    with Client(server.base_url, server.key) as client:
        binary = _signed(client, tmp_path)
        release = _released_twice(client, binary)

        no = typed("n", "releases", "rollback", release.prn)
        before = len(list(client.releases.all()))
        typed("y", "releases", "rollback", release.prn)
        after = len(list(client.releases.all()))
        slip = typed("amr", "binaries", "destroy", binary.prn)
        kept = client.binaries.get(binary.prn).state
        typed("arm", "binaries", "destroy", binary.prn)

        assert "Go on? [y/N]" in no
        assert "nothing was changed" in no
        assert (before, after) == (2, 3)
        assert "given by 3 releases and 0 overrides" in slip
        assert "'amr' is not its target" in slip
        assert kept == "signed"
        assert client.binaries.get(binary.prn).state == "destroyed"
