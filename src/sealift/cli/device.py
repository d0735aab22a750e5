"""`sealift device run | check | status | rolled-back`: the agent of a single device."""

import shlex
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from sealift.cli import session
from sealift.cli.config import Json
from sealift.cli.failures import FAILED, Misused
from sealift.cli.nouns import examples, group
from sealift.cli.output import emit
from sealift.cli.session import Session
from sealift.cli.terminal import complain

if TYPE_CHECKING:
    from sealift.agent.checking import Agent, Checked
    from sealift.agent.judging import Trust
    from sealift.agent.state import State, Statement

DEFAULT_TARGET: Final = "portable"

app = group("The agent of a device: check, download, verify, install, report.")

Url: TypeAlias = Annotated[
    str, typer.Option("--url", metavar="URL", help="The Device API, such as https://host:8443.")
]
Certificate: TypeAlias = Annotated[
    Path, typer.Option("--certificate", metavar="FILE", help="The device's certificate, as PEM.")
]
Key: TypeAlias = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="The private key of it, as PEM.")
]
StateDir: TypeAlias = Annotated[
    Path,
    typer.Option("--state-dir", metavar="DIR", help="What the agent keeps; for this agent alone."),
]
Installer: TypeAlias = Annotated[
    str,
    typer.Option(
        "--installer",
        metavar="COMMAND",
        help="Installs one binary, which is named in its environment; it runs in no shell.",
    ),
]
TrustedKeys: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--trusted-key",
        metavar="KEY",
        help="A public key whose signatures count: a PEM file, or base64; may be repeated.",
    ),
]
MinimumSignatures: TypeAlias = Annotated[
    int,
    typer.Option(
        "--minimum-signatures",
        min=0,
        metavar="N",
        help="So many trusted keys must have signed; 0 installs what nobody signed.",
    ),
]
Targets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="TARGET",
        help="What binaries are installed; may be repeated. Those without a target always are.",
        show_default=DEFAULT_TARGET,
    ),
]
Parallel: TypeAlias = Annotated[
    int,
    typer.Option("--parallel", min=1, max=64, metavar="N", help="Ranges downloaded at once."),
]
InitialVersion: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--initial-version",
        metavar="SEMVER",
        help="What the device says it is until the agent has installed something.",
    ),
]

_EXAMPLE: Final = (
    "https://updates.example.com:8443 \\\n"
    "      --certificate device.pem --key device-key.pem \\\n"
    "      --state-dir /var/lib/sealift --installer /usr/lib/install-update \\\n"
    "      --trusted-key release-public.pem"
)


@dataclass(frozen=True, slots=True)
class _Asked:
    url: str
    certificate: Path
    key: Path
    state_dir: Path
    installer: str = ""
    trusted_keys: tuple[str, ...] = ()
    minimum_signatures: int = 0
    targets: tuple[str, ...] = ()
    parallel: int = 1
    initial_version: str | None = None


@app.command(epilog=examples(f"sealift device run --url {_EXAMPLE}"))
def run(
    context: typer.Context,
    url: Url,
    certificate: Certificate,
    key: Key,
    state_dir: StateDir,
    installer: Installer,
    trusted_key: TrustedKeys = None,
    minimum_signatures: MinimumSignatures = 1,
    target: Targets = None,
    parallel: Parallel = 1,
    initial_version: InitialVersion = None,
) -> None:
    """Check again and again, as often as the server asks for, until it is stopped.

    Each check prints its result. It may be killed at any moment: the next start goes on.
    """
    from sealift.agent.polling import poll

    asked = _Asked(
        *(url, certificate, key, state_dir, installer, tuple(trusted_key or ())),
        *(minimum_signatures, tuple(target or ()), parallel, initial_version),
    )
    current = session.of(context)
    with _agent(current, asked) as agent:
        poll(agent, partial(_tell, current), complain)


@app.command(epilog=examples(f"sealift device check --url {_EXAMPLE}"))
def check(
    context: typer.Context,
    url: Url,
    certificate: Certificate,
    key: Key,
    state_dir: StateDir,
    installer: Installer,
    trusted_key: TrustedKeys = None,
    minimum_signatures: MinimumSignatures = 1,
    target: Targets = None,
    parallel: Parallel = 1,
    initial_version: InitialVersion = None,
) -> None:
    """Check once, and install what is offered.

    The status is 0 when nothing is offered or all of it is installed, 1 when it is not.
    """
    from sealift.agent import checking
    from sealift.wire.device import Outcome

    asked = _Asked(
        *(url, certificate, key, state_dir, installer, tuple(trusted_key or ())),
        *(minimum_signatures, tuple(target or ()), parallel, initial_version),
    )
    current = session.of(context)
    with _agent(current, asked) as agent:
        checked = checking.check(agent)
    emit(current, _shown(checked))
    if checked.outcome is Outcome.FAILED:
        raise typer.Exit(FAILED)


@app.command(epilog=examples("sealift device status --state-dir /var/lib/sealift"))
def status(context: typer.Context, state_dir: StateDir) -> None:
    """Show what the device runs and what its agent is at; the server is not asked."""
    from sealift.agent.folder import read_state

    emit(session.of(context), _shown_state(read_state(state_dir)))


@app.command("rolled-back")
def rolled_back(
    context: typer.Context,
    url: Url,
    certificate: Certificate,
    key: Key,
    state_dir: StateDir,
    message: Annotated[
        str, typer.Option("--message", metavar="TEXT", help="Why, for those who see the report.")
    ] = "",
) -> None:
    """Say that the device runs again what it ran before its last update.

    For a boot loader or a health check that has undone an update. The agent must not be running.
    """
    from sealift.agent import checking

    current = session.of(context)
    with _agent(current, _Asked(url, certificate, key, state_dir)) as agent:
        state = checking.roll_back(agent, message)
    emit(current, _shown_state(state))


@contextmanager
def _agent(current: Session, asked: _Asked) -> "Generator[Agent]":
    """Everything that can be wrong with the options is found before the server is asked."""
    from sealift.agent.checking import Agent
    from sealift.agent.door import Door
    from sealift.agent.folder import held
    from sealift.client.patience import Patience

    trust = _trust(asked)
    command = shlex.split(asked.installer)
    if command and shutil.which(command[0]) is None:
        raise Misused(f"the installer {command[0]!r} cannot be run; name a program that is there")
    progress = current.progress()
    with (
        Door(
            *(asked.url, asked.certificate, asked.key, current.ca_path), asked.initial_version
        ) as door,
        held(asked.state_dir.absolute(), progress) as folder,
    ):
        yield Agent(
            folder=folder,
            door=door,
            trust=trust,
            targets=frozenset(asked.targets or (DEFAULT_TARGET,)),
            installer=command,
            parallel=asked.parallel,
            progress=progress,
            patience=Patience(),
        )


def _trust(asked: _Asked) -> "Trust":
    from sealift.agent.judging import Trust

    keys = frozenset(_key(text) for text in asked.trusted_keys)
    if asked.minimum_signatures > len(keys):
        raise Misused(
            f"{asked.minimum_signatures} trusted keys must have signed, and {len(keys)} are"
            " given: name more with --trusted-key, or ask for fewer with --minimum-signatures"
        )
    return Trust(keys, asked.minimum_signatures)


def _key(text: str) -> str:
    from sealift.client.signing import read_public_key
    from sealift.domain.errors import KeyMalformed
    from sealift.domain.signature import public_key_value

    path = Path(text)
    if path.is_file():
        return read_public_key(path)
    try:
        return public_key_value(text)
    except KeyMalformed as error:
        message = f"--trusted-key {text!r} is neither a file nor base64 of an Ed25519 public key"
        raise Misused(message) from error


def _tell(current: Session, checked: "Checked") -> None:
    """At once, for whoever reads along."""
    emit(current, _shown(checked))
    sys.stdout.flush()


def _shown(checked: "Checked") -> Json:
    offered = checked.offer.statement if checked.offer else None
    return {
        "status": checked.status,
        "outcome": checked.outcome,
        "message": checked.message,
        **_named("offered_", offered),
        **_named("", checked.state.running),
    }


def _shown_state(state: "State") -> Json:
    installing = state.update.offer.statement if state.update else None
    return {
        **_named("", state.running),
        **_named("previous_", state.previous),
        **_named("installing_", installing),
        "installed_binaries": len(state.installed),
        "reports_to_send": len(state.reports),
    }


def _named(prefix: str, statement: "Statement | None") -> Json:
    """Null where there is nothing: the same fields always."""
    return {
        f"{prefix}bundle_prn": statement and statement.bundle_prn,
        f"{prefix}release_prn": statement and statement.release_prn,
        f"{prefix}release_version": statement and statement.release_version,
    }
