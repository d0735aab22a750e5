"""What the global options, the environment and the profile add up to, in that precedence.

Nothing is read before a command needs it: help, completion and the server's own commands
work without a profile, a key or a network.
"""

import logging
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import typer

from sealift.cli.config import Config, Json, default_directory, load
from sealift.cli.failures import BadData, Misused

if TYPE_CHECKING:
    import httpx

    from sealift.client.client import Client
    from sealift.client.connection import Connection
    from sealift.client.progress import Progress

DEFAULT_BASE_URL: Final = "http://127.0.0.1:8000"
DEFAULT_PROFILE: Final = "default"
DEFAULT_API_VERSION: Final = 2


class Output(StrEnum):
    JSON = "json"
    TABLE = "table"


class Access(TypedDict):
    base_url: str
    api_key: str
    ca_path: Path | None
    api_version: int
    transport: "httpx.BaseTransport | None"


@dataclass
class Session:
    """None means that neither an option nor the environment said anything."""

    api_key: str | None = None
    base_url: str | None = None
    ca_path: Path | None = None
    api_version: int | None = None
    profile: str | None = None
    config_directory: Path | None = None
    output: Output | None = None  # JSON, but where something is for people above all
    quiet: bool = False
    bars: bool = True
    verbose: bool = False
    transport: "httpx.BaseTransport | None" = None  # stands in for the network

    @cached_property
    def config(self) -> Config:
        return load(self.config_directory or default_directory())

    def access(self) -> Access:
        profile = self._profile()
        api_key = self.api_key or _text(profile, "api_key")
        if not api_key:
            raise Misused(
                "no API key: pass --api-key, set SEALIFT_API_KEY,"
                " or keep one with: sealift config profiles create default --api-key -"
            )
        ca_path = _text(profile, "ca_path")
        return Access(
            base_url=self.base_url or _text(profile, "base_url") or DEFAULT_BASE_URL,
            api_key=api_key,
            ca_path=self.ca_path or (Path(ca_path).expanduser() if ca_path else None),
            api_version=self.api_version or _number(profile, "api_version") or DEFAULT_API_VERSION,
            transport=self.transport,
        )

    def connection(self) -> "Connection":
        """For what is passed on as the JSON it is; quicker to load than a client."""
        from sealift.client.connection import Connection

        self._listen()
        return Connection(**self.access())

    def client(self) -> "Client":
        from sealift.client.client import Client

        self._listen()
        return Client(**self.access())

    def progress(self) -> "Progress":
        from sealift.cli.progress import watch

        return watch(quiet=self.quiet, bars=self.bars and not self.verbose)

    def note(self, text: str) -> None:
        self.progress().note(text)

    def _profile(self) -> Json:
        if self.profile is not None:
            return self.config.profile(self.profile)
        is_there = DEFAULT_PROFILE in self.config.profiles()
        return self.config.profile(DEFAULT_PROFILE) if is_there else {}

    def _listen(self) -> None:
        if self.verbose:
            logging.basicConfig(format="%(message)s")  # to standard error
            logging.getLogger("httpx").setLevel(logging.INFO)  # a line for each request


def of(context: typer.Context) -> Session:
    found: object = context.find_root().obj
    if not isinstance(found, Session):
        raise TypeError("the root command did not make a session")
    return found


def _text(profile: Json, name: str) -> str | None:
    value = profile.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BadData(f"{name} of the profile should be a text, not {value!r}")


def _number(profile: Json, name: str) -> int | None:
    value = profile.get(name)
    if value is None or isinstance(value, int):
        return value
    raise BadData(f"{name} of the profile should be a number, not {value!r}")
