"""What the README and the how-to pages tell people to type, typed.

Blocks that begin with "sh run" are run in their order, in one shell for each page, and so is
the text of comments that begin with "run", which readers do not see. What they print is not
looked at, but every command has to succeed. After a comment "run" alone comes a session, in
which commands have a prompt; what they print has to be what the page says they do.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

_PAGES = [
    "docs/how-to/run-a-server.md",
    "docs/how-to/upload-from-ci.md",
    "docs/how-to/rotate-keys.md",
    "docs/how-to/watch-a-server.md",
    "docs/how-to/devices-over-tls.md",
    "docs/how-to/run-an-agent.md",
    "docs/how-to/release-to-a-fleet.md",
]
_BLOCK = re.compile(r"^(?:```sh run|<!-- run)\n(.*?)^(?:```|-->)$", re.MULTILINE | re.DOTALL)
_SESSION = re.compile(r"^<!-- run -->\n```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^\$ ((?:.*\\\n> )*.*)\n", re.MULTILINE)
# What differs from one run to the next: ids, the ids of keys and of requests.
_CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|"
    r"(?<=^request )[0-9a-f]{20}|(?<=^  request )[0-9a-f]{20}|(?<=^keyid )[0-9a-f]{64}",
    re.MULTILINE,
)


class Shell:
    """Runs in a folder with a server whose data is in `data` there, as in the pages."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self.environment = {
            **_clean(os.environ),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SEALIFT_BASE_URL": base_url,
            "SEALIFT_API_KEY": (folder / "data" / "admin-api-key").read_text().strip(),
        }

    def run(self, script: str, name: str) -> "subprocess.CompletedProcess[str]":
        config = {"SEALIFT_CONFIG_DIRECTORY": str(self.folder / f"config-{name}")}
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment | config,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
            check=False,
        )


def _clean(environment: "os._Environ[str]") -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("SEALIFT_")}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("pages")
    program = Path(sys.executable).with_name("sealift")
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [program, "serve", "--data-dir", "data", "--port", "0", "--device-port", "0"],
            cwd=folder,
            env=_clean(os.environ),
            stdout=log,
            stderr=log,
        )
    try:
        yield Shell(folder, _address(server, folder / "server.log"))
    finally:
        server.terminate()
        server.wait(40)


def _address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"ready at (\S+)", log.read_text()):
            return found[1]
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {log.read_text()}")


@pytest.mark.parametrize("page", _PAGES)
def test_the_commands_of_a_page_work(shell: Shell, page: str) -> None:
    blocks = _BLOCK.findall((ROOT / page).read_text())
    script = "\n".join(["set -euo pipefail", *blocks])

    done = shell.run(script, Path(page).stem)

    assert blocks != []
    assert done.returncode == 0, done.stdout


def test_the_tour_of_the_readme_prints_what_the_readme_says(shell: Shell) -> None:
    told = _SESSION.search((ROOT / "README.md").read_text())
    assert told is not None
    commands = [found.replace("\n> ", "\n") for found in _PROMPT.findall(told[1])]
    script = "\n".join(f"echo {_quoted(command)}\n{command}" for command in commands)

    done = shell.run(script, "readme")

    assert _same_for_all(done.stdout) == _same_for_all(told[1])


def _quoted(command: str) -> str:
    """The command as it stands in the page, prompt and all, for echo."""
    shown = "$ " + command.replace("\n", "\n> ")
    return "'" + shown.replace("'", "'\\''") + "'"


def _same_for_all(text: str) -> list[str]:
    return _CHANGING.sub("...", text).splitlines()
