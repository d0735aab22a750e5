"""TLS as an operator sets it up: the whole way of a binary by https, and nothing beside it."""

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
import pytest
import trustme

from tests.server import Server, ServerFailed, a_server

_CONTENT = Random(1).randbytes(6 * 1024 * 1024)  # two parts


@dataclass(frozen=True)
class Secured:
    server: Server
    authority: Path  # whose certificate clients trust
    folder: Path

    def client(self) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.server.key}"}
        trust = ssl.create_default_context(cafile=self.authority)
        return httpx.Client(base_url=self.server.base_url, headers=headers, verify=trust)

    def cli(self, *words: str, ca_path: Path | None = None) -> "subprocess.CompletedProcess[str]":
        options = ["--base-url", self.server.base_url, "--api-key", self.server.key]
        if ca_path is not None:
            options += ["--ca-path", str(ca_path)]
        return subprocess.run(
            [sys.executable, "-m", "sealift.main", *words, *options, "--output", "json"],
            env=_environment() | {"SEALIFT_CONFIG_DIRECTORY": str(self.folder / "config")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SEALIFT_")}


def _settings(authority: trustme.CA, folder: Path) -> dict[str, str]:
    issued = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    for pem in issued.cert_chain_pems:
        pem.write_to_path(certificate, append=True)
    issued.private_key_pem.write_to_path(key)
    return {"SEALIFT_TLS__CERTIFICATE": str(certificate), "SEALIFT_TLS__KEY": str(key)}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """One for all: nothing here depends on what another test left in it."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    with a_server(folder / "data", environment=_settings(authority, folder)) as server:
        yield Secured(server, folder / "authority.pem", folder)


def test_a_binary_goes_its_whole_way_by_https(secured: Secured) -> None:
    def done(*words: str) -> str:
        result = secured.cli(*words, ca_path=secured.authority)
        assert result.returncode == 0, result.stderr
        return result.stdout

    (secured.folder / "firmware.bin").write_bytes(_CONTENT)
    artifact = json.loads(done("artifacts", "create", "--name", "kernel"))["artifact"]["prn"]
    words = ("artifact-versions", "create", "--artifact-prn", artifact, "--version", "1")
    version = json.loads(done(*words))["artifact_version"]["prn"]
    file = str(secured.folder / "firmware.bin")
    words = ("binaries", "create", "--artifact-version-prn", version, "--target", "arm")
    binary = json.loads(done(*words, "--content-path", file))["binary"]

    out = secured.folder / "fetched.bin"
    done("binaries", "download", binary["prn"], "--out", str(out))
    with secured.client() as client:
        link = client.get(f"/binaries/{binary['prn']}/download_url").json()["download_url"]

    assert out.read_bytes() == _CONTENT
    assert link.startswith(f"{secured.server.base_url}/content/")
    assert secured.server.base_url.startswith("https://")


def test_who_does_not_know_the_authority_is_told_how_to_name_it(secured: Secured) -> None:
    result = secured.cli("artifacts", "list")

    assert result.returncode != 0
    assert "--ca-path" in result.stderr


def test_plain_http_gets_no_answer_and_does_no_harm(secured: Secured) -> None:
    plain = secured.server.base_url.replace("https://", "http://")

    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{plain}/healthz", timeout=10)

    with secured.client() as client:
        assert client.get("/healthz").status_code == 200


def test_a_connection_that_says_nothing_holds_up_nobody(secured: Secured) -> None:
    port = int(secured.server.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)), secured.client() as client:
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("option", "version"), [("--http2", "2"), ("--http1.1", "1.1")])
def test_both_versions_of_http_are_spoken(secured: Secured, option: str, version: str) -> None:
    command = ["curl", "--silent", "--cacert", str(secured.authority), option]
    command += ["--output", "-", "--write-out", " %{http_version}"]

    said = subprocess.run(
        [*command, f"{secured.server.base_url}/healthz"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    ).stdout

    assert said == '{"status":"ok"} ' + version


def test_tls_of_another_age_is_refused(secured: Secured) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(secured.authority)
    old.set_ciphers("ALL:@SECLEVEL=0")
    port = int(secured.server.base_url.rpartition(":")[2])
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", port)) as line, pytest.raises(ssl.SSLError):
        old.wrap_socket(line, server_hostname="127.0.0.1")


def test_the_doctor_follows_a_public_link_by_https(secured: Secured) -> None:
    settings = {
        "SEALIFT_PUBLIC_URL": secured.server.base_url,
        "SEALIFT_TLS__CERTIFICATE": str(secured.folder / "certificate.pem"),
        "SEALIFT_TLS__KEY": str(secured.folder / "key.pem"),
    }
    command = ["-m", "sealift.main", "admin", "--data-dir", str(secured.folder / "data")]
    marks: list[str] = []
    for trusted in ({}, {"SSL_CERT_FILE": str(secured.authority)}):
        said = subprocess.run(
            [sys.executable, *command, "doctor", "--json"],
            env=_environment() | settings | trusted,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout
        found = {each["about"]: each for each in json.loads(said)}
        marks.append(found["public link"]["mark"])
        advice = found["public link"]["advice"]
        assert ("SSL_CERT_FILE" in advice) == (not trusted)

    assert marks == ["wrong", "ok"]


def test_a_server_does_not_start_with_a_key_that_is_not_its_own(tmp_path: Path) -> None:
    settings = _settings(trustme.CA(), tmp_path)
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(tmp_path / "key.pem")

    with pytest.raises(ServerFailed, match="is not that of the certificate"):  # noqa: SIM117
        with a_server(tmp_path / "data", environment=settings):
            pass
