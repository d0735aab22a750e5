"""`sealift x509 create`: what it makes can be registered, used, and is nobody else's to read."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sealift.domain.errors import CertificateWrong
from sealift.domain.x509 import (
    Certificate,
    issued_by,
    must_be_ca,
    must_be_device,
    must_prove_possession,
    read,
)
from tests.certificates import a_ca, a_device
from tests.cli.terminal import Desk


def _made(desk: Desk, *words: str) -> dict[str, Any]:
    ended = desk.run("x509", "create", *words)
    assert ended.status == 0, ended.err
    return json.loads(ended.out)["x509"]


def _in(path: str) -> Certificate:
    return read(Path(path).read_text())


def test_a_ca_a_device_and_a_proof_are_what_the_server_wants(offline: Desk, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "made")]

    ca = _made(offline, "--ca", "--name", "factory", "--config", *out)
    device = _made(offline, "--name", "device-1", "--signer", "factory", *out)
    proof = _made(offline, "--verification", "--name", "code-1", "--signer", "factory", *out)
    now, vouching = datetime.now(UTC), _in(ca["certificate"])

    must_be_ca(vouching, now)
    must_be_device(_in(device["certificate"]), "device-1", now)
    must_prove_possession(vouching, _in(proof["certificate"]), "code-1")
    assert issued_by(_in(device["certificate"]), vouching)
    assert device["fingerprint"] == _in(device["certificate"]).fingerprint
    assert device["serial"] == _in(device["certificate"]).serial


def test_a_proof_lets_nobody_in(offline: Desk, tmp_path: Path) -> None:
    _made(offline, "--ca", "--name", "factory", "--config", "--out", str(tmp_path))

    words = ["--verification", "--name", "code-1", "--signer", "factory"]
    proof = _made(offline, *words, "--out", str(tmp_path / "proof"))

    assert [path.name for path in (tmp_path / "proof").iterdir()] == ["code-1-certificate.pem"]
    with pytest.raises(CertificateWrong, match="digital signatures"):
        must_be_device(_in(proof["certificate"]), "code-1", datetime.now(UTC))


def test_a_device_may_stand_alone(offline: Desk, tmp_path: Path) -> None:
    made = _made(offline, "--name", "aa:bb:cc", "--out", str(tmp_path))

    certificate = _in(made["certificate"])
    key = load_pem_private_key(Path(made["private_key"]).read_bytes(), None)

    must_be_device(certificate, "aa:bb:cc", datetime.now(UTC))
    assert certificate.authority_key_identifier == certificate.subject_key_identifier
    assert key is not None


def test_only_its_owner_can_read_a_key(offline: Desk, tmp_path: Path) -> None:
    made = _made(offline, "--name", "device-1", "--out", str(tmp_path))

    assert stat.S_IMODE(Path(made["private_key"]).stat().st_mode) == 0o600


@pytest.mark.parametrize(("words", "days"), [(["--ca"], 7300), ([], 3650), (["--days", "90"], 90)])
def test_a_certificate_lasts_for_years_or_as_long_as_one_says(
    offline: Desk, tmp_path: Path, words: list[str], days: int
) -> None:
    made = _made(offline, "--name", "one", "--out", str(tmp_path), *words)

    lasts = _in(made["certificate"]).not_after - datetime.now(UTC)

    assert timedelta(days=days - 1) < lasts <= timedelta(days=days)


@pytest.mark.parametrize("name", ["one-certificate.pem", "one-private.pem"])
def test_nothing_is_overwritten_and_nothing_left_half_made(
    offline: Desk, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")

    ended = offline.run("x509", "create", "--name", "one", "--out", str(tmp_path))

    assert ended.status == 65
    assert "nothing was written" in ended.err
    assert [(path.name, path.read_text()) for path in tmp_path.glob("one*")] == [(name, "mine")]


def test_any_ca_with_its_key_can_sign(offline: Desk, tmp_path: Path) -> None:
    certificate, key = a_ca().written(tmp_path, "ca")
    signer = ["--signer-certificate", str(certificate), "--signer-key", str(key)]

    made = _made(offline, "--name", "device-1", "--out", str(tmp_path / "out"), *signer)

    assert issued_by(_in(made["certificate"]), read(certificate.read_text()))


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--name", "a/b"], 65, "cannot be a name"),
        (["--name", "x" * 65], 65, "at most 64 bytes"),
        (["--name", "one", "--config"], 2, "needs --ca"),
        (["--name", "one", "--ca", "--verification"], 2, "signed by itself"),
        (["--name", "one", "--ca", "--signer", "factory"], 2, "signed by itself"),
        (["--name", "one", "--verification"], 2, "--signer NAME"),
        (["--name", "one", "--signer", "nobody"], 2, "there are: none"),
        (["--name", "one", "--signer-key", "key.pem"], 2, "--signer-certificate"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(
    offline: Desk, tmp_path: Path, words: list[str], status: int, told: str
) -> None:
    out = tmp_path / "out"

    ended = offline.run("x509", "create", *words, "--out", str(out))

    assert ended.status == status
    assert told in " ".join(ended.err.split())
    assert not out.exists()


def test_who_is_no_ca_signs_nothing(offline: Desk, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    expired = a_ca(ends=now - timedelta(days=1)).written(tmp_path, "expired")
    device = a_device("device-1").written(tmp_path, "device")
    strange = (a_ca().written(tmp_path, "ca")[0], device[1])
    told: list[str] = []
    for certificate, key in (expired, device, strange):
        signer = ["--signer-certificate", str(certificate), "--signer-key", str(key)]
        ended = offline.run("x509", "create", "--name", "one", "--out", str(tmp_path), *signer)
        assert ended.status != 0
        told.append(" ".join(ended.err.split()))

    assert "expired on" in told[0]
    assert "must be of a CA" in told[1]
    assert "is not that of the certificate" in told[2]


def test_a_ca_is_remembered_once(offline: Desk, tmp_path: Path) -> None:
    _made(offline, "--ca", "--name", "factory", "--config", "--out", str(tmp_path))

    words = ["--ca", "--name", "factory", "--config", "--out", str(tmp_path / "again")]
    again = offline.run("x509", "create", *words)

    assert again.status == 2
    assert "already" in again.err
    assert not (tmp_path / "again").exists()
