"""A device for tests: a folder of its own, an installer, and an agent that works in it.

What its installer was given is in `live`, by the name of the artifact; every call is in `calls`.
"""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sealift.agent.asking import Limits
from sealift.agent.checking import Agent, Checked, check
from sealift.agent.door import Door
from sealift.agent.folder import held, read_state
from sealift.agent.judging import Trust
from sealift.agent.state import State
from sealift.client.patience import Patience
from sealift.client.progress import Progress, Unwatched
from tests.agent.lying_server import LyingServer

_INSTALLER = """\
#!/bin/sh
set -e
cd {home}
echo "$SEALIFT_ARTIFACT_NAME $SEALIFT_ARTIFACT_VERSION" >> calls
env | grep ^SEALIFT_ > told || true
if [ -e "fails-on-$SEALIFT_ARTIFACT_NAME" ]; then echo "no such slot"; exit 3; fi
cp "$SEALIFT_CONTENT_PATH" "live/$SEALIFT_ARTIFACT_NAME.new"
mv "live/$SEALIFT_ARTIFACT_NAME.new" "live/$SEALIFT_ARTIFACT_NAME"
"""


@dataclass(frozen=True, slots=True)
class Device:
    home: Path
    url: str
    certificate: Path
    ca_path: Path
    trust: Trust
    targets: frozenset[str] = frozenset({"portable"})
    parallel: int = 1
    patience: Patience = field(default_factory=lambda: Patience(first=0.01))
    progress: Progress = field(default_factory=Unwatched)
    initial_version: str | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def folder(self) -> Path:
        return self.home / "state"

    @property
    def installer(self) -> Path:
        return self.home / "installer"

    @contextmanager
    def agent(self) -> Generator[Agent]:
        who = (self.url, self.certificate, self.certificate, self.ca_path)
        with (
            Door(*who, self.initial_version, self.limits) as door,
            held(self.folder, self.progress) as folder,
        ):
            yield Agent(
                folder=folder,
                door=door,
                trust=self.trust,
                targets=self.targets,
                installer=[str(self.installer)],
                parallel=self.parallel,
                progress=self.progress,
                patience=self.patience,
            )

    def check(self) -> Checked:
        with self.agent() as agent:
            return check(agent)

    def state(self) -> State:
        return read_state(self.folder)

    def live(self) -> Mapping[str, bytes]:
        """What has its name; an installer may be at work on something that has none yet."""
        paths = sorted((self.home / "live").iterdir())
        return {path.name: path.read_bytes() for path in paths if path.suffix != ".new"}

    def calls(self) -> list[str]:
        path = self.home / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def told(self) -> Mapping[str, str]:
        lines = (self.home / "told").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def fails_on(self, name: str, *, fails: bool = True) -> None:
        mark = self.home / f"fails-on-{name}"
        mark.touch() if fails else mark.unlink()

    def have_installer(self, text: str) -> None:
        """Under its name at once: a shell that still runs the one before reads on in that."""
        draft = self.installer.with_suffix(".draft")
        draft.write_text(text)
        draft.chmod(0o755)
        draft.replace(self.installer)

    def command(self, word: str, *more: str) -> list[str]:
        """The same device as a program of its own."""
        who = ["--url", self.url, "--certificate", self.certificate, "--key", self.certificate]
        how = ["--state-dir", self.folder, "--installer", self.installer]
        keys = [f"--trusted-key={key}" for key in sorted(self.trust.keys)]
        words = ["device", word, *who, *how, *keys, "--ca-path", self.ca_path, *more]
        return [sys.executable, "-m", "sealift.main", *map(str, words)]


def a_device(home: Path, server: LyingServer) -> Device:
    """It trusts the server's key, and nobody else."""
    (home / "live").mkdir(parents=True)
    device = Device(
        home=home,
        url=server.api_url,
        certificate=server.certificate,
        ca_path=server.ca_path,
        trust=Trust(frozenset({server.key.public_value}), 1),
    )
    device.have_installer(_INSTALLER.format(home=home))
    return device
