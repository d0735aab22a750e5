"""Five devices and what they run: each is the real agent, over mutual TLS.

What a device runs is read from what its installer put there, and why is asked of the server.
"""

import textwrap
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from scene import Scene
from sealift.client import create as flow
from sealift.client.client import Client
from sealift.client.create import Signer, Wanted, Way
from sealift.client.progress import Unwatched
from sealift.client.signing import read_private_key
from sealift.domain.binary import State
from sealift.wire.admin import (
    Device,
    NewArtifact,
    NewArtifactVersion,
    NewBundle,
    NewBundleBinary,
)
from sealift.wire.updates import Explanation
from stage import Stage
from teller import Say, Teller, expect

Checks: TypeAlias = Mapping[str, dict[str, Any]]  # what each agent printed, by device

_NAMES: Final = tuple(f"gw-{number}" for number in range(1, 6))
_ON_TRIAL: Final = "gw-4"
_HELD: Final = "gw-5"
_FREE: Final = _NAMES[:3]
_TRIAL: Final = "trial"
_TARGET: Final = "portable"
_FACTORY_VERSION: Final = "0.1.0"
_PIECE: Final = 1_000_000  # bytes of FILE in each of their images
_INSTALLER: Final = """#!/bin/sh
set -e
cp "$SEALIFT_CONTENT_PATH" "$1/slot.new"
mv "$1/slot.new" "$1/slot"
"""
_WHY_COLUMNS: Final = 56


class Fleet(Scene):
    def __init__(self, stage: Stage, teller: Teller, client: Client, file: Path) -> None:
        super().__init__(stage, teller, client)
        with file.open("rb") as opened:
            self.piece = opened.read(_PIECE)
        self.cohort = self.artifact = self.left = ""
        self.releases: dict[str, str] = {}  # by version

    def tell(self, last_binary: str) -> None:
        """Up to a latest release with `last_binary`, which is to be destroyed."""
        self.authority()
        self.first_release()
        self.second_release()
        self.latest_release(last_binary)

    def authority(self) -> None:
        self.teller.chapter("A CA vouches for devices; its key stays here")
        with self.typed(
            "x509", "create", "--ca", "--name", "factory", "--out", "ca", "--config"
        ) as (done, _):
            done.answer()
        code = self.client.ca_certificates.verification_code()
        proof = f"ca/{code}-certificate.pem"
        self.stage.names.update({code: "CODE", proof: "ca/CODE-certificate.pem"})
        words = ("--verification", "--name", code, "--signer", "factory", "--out", "ca")
        with self.typed("x509", "create", *words) as (done, _):
            done.answer()
        with self.typed("products", "create", "--name", "gateway") as (done, _):
            product = self.named("PRODUCT", done.answer()["product"]["prn"])
        words = ("--product-prn", product, "--name", "field")
        with self.typed("cohorts", "create", *words) as (done, _):
            self.cohort = self.named("COHORT", done.answer()["cohort"]["prn"])
        words = ("--certificate", "ca/factory-certificate.pem")
        words += ("--verification-certificate", proof)
        words += ("--jitp-product", "gateway", "--jitp-cohort-prn", self.cohort)
        with self.typed("ca-certificates", "create", *words) as (done, say):
            expect("its product", done.answer()["ca_certificate"]["jitp"]["product_prn"], product)
            say("a device with a certificate of this CA is taken in when it first calls")
        with self.teller.step(f"{_NAMES[0]} to {_NAMES[-1]} get certificates of the CA"):
            signed = ("--signer", "factory", "--out", "devices")
            for done in self.stage.run_all(
                ["x509", "create", "--name", name, *signed] for name in _NAMES
            ):
                done.answer()

    def first_release(self) -> None:
        self.teller.chapter("A first release, and five devices that ask for it")
        bundle = self.bundle("1.0.0")
        words = ("--cohort-prn", self.cohort, "--bundle-prn", bundle, "--name", "1.0.0")
        words += ("--version", "1.0.0", "--version-requirement", "< 1.0.0")
        self.release("1.0.0", words)
        installer = self.stage.folder / "install"
        installer.write_text(_INSTALLER)
        installer.chmod(0o755)
        with self.checking(_NAMES) as (checks, say):
            expect("what came of it", set(_outcomes(checks).values()), {"installed"})
            expect("what they run", set(self.runs(_NAMES).values()), {"1.0.0"})
            progress = self.client.releases.progress(self.releases["1.0.0"])
            expect("devices taken in, installed", (progress.devices, progress.installed), (5, 5))
            say("five unknown devices, which are taken in because of their CA; each one")
            say("downloads the image, verifies hash and signature, installs, and reports")

    def second_release(self) -> None:
        self.teller.chapter("A second one for two of them; one is held, one on trial")
        devices = self.devices()
        for name, device in devices.items():
            self.stage.names[device.prn] = name.upper()
        words = ("--cohort-prn", self.cohort, "--bundle-prn", self.bundle("1.1.0"))
        words += ("--name", "1.1.0", "--version", "1.1.0", "--phase-value", "2")
        self.release("1.1.0", words)
        with self.typed("devices", "update", devices[_HELD].prn, "--quarantined") as (done, _):
            expect("quarantined", done.answer()["device"]["quarantined"], expected=True)
        image = self.image(_TRIAL)
        version = self.named("TRIAL", self.version(_TRIAL))
        words = ("--artifact-version-prn", version, "--target", _TARGET)
        words += ("--content-path", image.name, "-s", "demo")
        words += ("--device-prn", devices[_ON_TRIAL].prn)
        with self.typed("binaries", "create", *words) as (done, say):
            override = done.answer()["bundle_override"]
            say(f"sent, verified, signed, and an override for {_ON_TRIAL}: {override['name']}")
        with self.checking(_NAMES) as (checks, say):
            runs = self.runs(_NAMES)
            offered = {name: check["status"] for name, check in checks.items()}
            expect(f"what {_HELD} is answered", offered[_HELD], "device_quarantine")
            expect(f"what {_ON_TRIAL} runs", runs[_ON_TRIAL], _TRIAL)
            new = [name for name in _FREE if runs[name] == "1.1.0"]
            expect("devices of three that got the second release", len(new), 2)
            expect(f"what {_HELD} runs", runs[_HELD], "1.0.0")
            self.left = next(name for name in _FREE if name not in new)
            say(f"{' and '.join(new)} were the first two; {self.left} has to wait")
        self.table()

    def latest_release(self, binary: str) -> None:
        self.teller.chapter("The second is for all now, and a third one follows")
        words = (self.releases["1.1.0"], "--phase-value", "1")
        with self.typed("releases", "update", *words) as (done, _):
            expect("its phase", done.answer()["release"]["phase_value"], 1)
        members = [NewBundleBinary(prn=binary)]
        bundle = self.client.bundles.create(NewBundle(binaries=members, name="1.2.0")).prn
        self.named("BUNDLE_WITH_BINARY", bundle)
        words = ("--cohort-prn", self.cohort, "--bundle-prn", bundle)
        self.release("1.2.0", (*words, "--name", "1.2.0", "--version", "1.2.0"))

    def healing(self) -> None:
        """After the binary of the latest release was destroyed."""
        self.teller.chapter("What that did to devices, and how it heals")
        with self.checking([self.left]) as (checks, say):
            expect("what it is answered", checks[self.left]["status"], "no_update")
            say("no_update, though the second release is for all")
        explain = ("devices", "explain", self.devices()[self.left].prn, "--output", "table")
        with self.typed(*explain) as (done, say):
            expect("exit status", done.status, 0)
            decided = " ".join(done.output.split()).rpartition(" no ")[2]
            expect("that content decided", "nothing else is tried" in decided, expected=True)
            say(decided)
        with self.typed("releases", "delete", self.releases["1.2.0"]) as (done, say):
            expect("exit status", done.status, 0)
            say("archived: the second release is the latest again")
        with self.typed(*explain) as (done, say):
            decided = " ".join(done.output.split()).rpartition(" yes ")[2]
            expect("what decided", decided, "release 1.1.0 is given")
            say(decided)
        with self.checking([self.left]) as (checks, say):
            expect("what came of it", _outcomes(checks)[self.left], "installed")
            expect("what it runs", self.runs([self.left])[self.left], "1.1.0")
            say("update: 1.1.0 is installed")
        self.table()

    # --- what the steps are made of --------------------------------------------------------------

    def named(self, name: str, value: str) -> str:
        self.stage.names[value] = name
        return value

    def image(self, version: str) -> Path:
        path = self.stage.folder / f"gateway-{version}.img"
        path.write_bytes(f"gateway {version}\n".encode() + self.piece)
        return path

    def version(self, version: str) -> str:
        if not self.artifact:
            self.artifact = self.client.artifacts.create(NewArtifact(name="gateway")).prn
        new = NewArtifactVersion(artifact_prn=self.artifact, version=version)
        return self.client.artifact_versions.create(new).prn

    def bundle(self, version: str) -> str:
        """Of a new image, which is sent, verified and signed."""
        with self.teller.step(f"an image {version} is sent, verified, signed, and bundled"):
            (key,) = self.client.signing_keys.all(search="name:'demo'")
            private = read_private_key(self.stage.folder / "keys" / "demo-private.pem")
            binary = flow.create(
                self.client,
                Wanted(self.version(version), _TARGET),
                self.image(version),
                Unwatched(),
                Way(signers=[Signer(key.prn, private)]),
            )
            expect("its state", binary.state, State.SIGNED)
            members = [NewBundleBinary(prn=binary.prn)]
            made = self.client.bundles.create(NewBundle(binaries=members, name=version))
        return self.named(f"BUNDLE_{version}", made.prn)

    def release(self, version: str, words: Sequence[str]) -> None:
        with self.typed("releases", "create", *words) as (done, _):
            made = done.answer()["release"]
            expect("the release after it", made["next_release_prn"], None)
            self.releases[version] = self.named(f"RELEASE_{version}", made["prn"])

    @contextmanager
    def checking(self, names: Sequence[str]) -> Generator[tuple[Checks, Say]]:
        """One check of each, all at once; the agent ends with 0 unless an update failed."""
        who = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]} at once"
        with self.teller.step(f"{who}: sealift device check ...") as say:
            for name in names:
                (self.stage.folder / "roots" / name).mkdir(parents=True, exist_ok=True)
            done = self.stage.run_all([self.agent(name) for name in names])
            yield {name: each.answer() for name, each in zip(names, done, strict=True)}, say

    def agent(self, name: str) -> Sequence[str]:
        return (
            *("device", "check", "--url", self.stage.device_url),
            *("--ca-path", str(self.stage.device_ca)),
            *("--certificate", f"devices/{name}-certificate.pem"),
            *("--key", f"devices/{name}-private.pem"),
            *("--trusted-key", "keys/demo-public.pem", "--initial-version", _FACTORY_VERSION),
            *("--state-dir", f"devices/{name}", "--installer", f"./install roots/{name}"),
        )

    def runs(self, names: Iterable[str]) -> dict[str, str]:
        """The versions that were really installed, to the last byte."""
        found: dict[str, str] = {}
        for name in names:
            content = (self.stage.folder / "roots" / name / "slot").read_bytes()
            version = content.partition(b"\n")[0].decode().removeprefix("gateway ")
            image = (self.stage.folder / f"gateway-{version}.img").read_bytes()
            expect(f"that {name} has the whole image", content == image, expected=True)
            found[name] = version
        return found

    def devices(self) -> dict[str, Device]:
        return {device.identifier: device for device in self.client.devices.all()}

    def table(self) -> None:
        with self.teller.step("who runs what, and why nothing else") as say:
            runs, devices = self.runs(_NAMES), self.devices()
            say("DEVICE  RUNS   WHY NOTHING ELSE")
            for name in _NAMES:
                why = _deciding(self.client.devices.explain(devices[name].prn))
                first, *more = textwrap.wrap(why, _WHY_COLUMNS)
                say(f"{name:<6}  {runs[name]}  {first}")
                for line in more:
                    say(f"               {line}")


def _outcomes(checks: Checks) -> dict[str, Any]:
    return {name: check["outcome"] for name, check in checks.items()}


def _deciding(explained: Explanation) -> str:
    """What of the story kept a device from getting anything."""
    said = [line for line in explained.story if not line.passed]
    named = [line for line in said if line.subject_name is not None]
    line = (named or said)[-1]
    return f"{line.subject_name or ''} {line.text}".strip()
