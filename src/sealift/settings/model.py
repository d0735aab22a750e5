"""Everything an operator can set, with its default and what it means."""

import re
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX: Final = "SEALIFT_"
UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}  # of spans of time, in seconds

_STORE_NAME: Final = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?) ?(s|m|h|d)?")


def _span(value: object) -> object:
    """`90`, `90s`, `1.5h`, `7d`: seconds unless a unit says otherwise."""
    found = _SPAN.fullmatch(str(value).strip())
    if found is None:
        return value
    return timedelta(seconds=float(found[1]) * UNITS[found[2] or "s"])


Span: TypeAlias = Annotated[timedelta, BeforeValidator(_span)]


def _words(value: object) -> object:
    """`a, b`, or the list that a file has."""
    if not isinstance(value, str):
        return value
    return tuple(word for each in value.split(",") if (word := each.strip()))


def _networks(value: object) -> object:
    """An address alone is a network of one."""
    words = _words(value)
    if not isinstance(words, (tuple, list)):
        return words
    try:
        found = tuple(ip_network(str(each)) for each in cast("Sequence[object]", words))
    except ValueError as error:
        raise ValueError(f"{error}; a network is written 192.0.2.0/24") from error
    if any(each.prefixlen == 0 for each in found):
        raise ValueError("everybody would be believed; name the addresses of the proxies")
    return found


Words: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Networks: TypeAlias = Annotated[
    tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)
]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Store(Section):
    kind: Literal["disk", "s3"] = Field(default="disk", description="where content is kept")
    folder: Path | None = Field(
        default=None, description="of a disk; none: `content` in the data folder"
    )
    bucket: str | None = Field(default=None, description="of S3; it has to exist")
    endpoint_url: str | None = Field(
        default=None, pattern=r"^https?://", description="of S3; none: Amazon's for the region"
    )
    region: str = Field(default="us-east-1", description="of S3")
    access_key_id: str | None = Field(
        default=None, description="of S3; none: what the machine or the AWS variables offer"
    )
    secret_access_key: SecretStr | None = Field(default=None, description="of S3")

    @property
    def place(self) -> str | None:
        """Where content is, however that is written; None: of a disk, in the data folder."""
        if self.kind == "s3":
            return f"{(self.endpoint_url or '').lower().rstrip('/')}/{self.bucket}"
        return str(self.folder.resolve()) if self.folder else None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        """What belongs to another kind would be ignored in silence."""
        alien = {"folder"} if self.kind == "s3" else set(Store.model_fields) - {"kind", "folder"}
        wrong = sorted(alien & self.model_fields_set)
        if wrong:
            raise ValueError(f"{wrong[0]} does not belong to the kind {self.kind}")
        if self.kind == "s3" and not self.bucket:
            raise ValueError("the kind s3 needs a bucket")
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise ValueError("access_key_id and secret_access_key belong together; set both")
        return self


class DefaultStore(Store):
    name: str | None = Field(
        default=None,
        pattern=_STORE_NAME.pattern,
        description="what binaries remember it by; none: its kind",
    )


class Tls(Section):
    certificate: Path | None = Field(default=None, description="PEM file, with its chain")
    key: Path | None = Field(default=None, description="PEM file")


class DeviceTls(Tls):
    names: Words = Field(
        default=(),
        description="further names and addresses in the certificate that Sealift makes itself,"
        " by commas",
    )


class Proxy(Section):
    addresses: Networks = Field(
        default=(),
        description="addresses or networks of proxies that speak TLS in front of it, by commas",
    )


class DeviceProxy(Proxy):
    certificate_header: str = Field(
        default="Client-Cert",
        pattern=r"^[A-Za-z0-9-]+$",
        description="where they put the device's certificate; believed of them only",
    )


class Worker(Section):
    threads: PositiveInt = Field(default=2, description="jobs done at the same time")
    sweep_every: Span = Field(
        default=timedelta(seconds=10),
        description="how often lost work is looked for",
        ge=timedelta(seconds=1),
    )
    discard_uploads_after: Span = Field(
        default=timedelta(days=7),
        description="uploads that stand still that long are discarded",
        ge=timedelta(minutes=1),
    )
    keep_events_for: Span = Field(
        default=timedelta(days=90),
        description="older events are forgotten",
        ge=timedelta(hours=1),
    )


class Devices(Section):
    poll_interval: Span = Field(
        default=timedelta(minutes=30),
        description="how long devices are asked to wait between two checks, where neither their"
        " cohort nor their product says",
        ge=timedelta(seconds=1),
    )
    poll_jitter: float = Field(
        default=0.1, description="the share by which that is made longer or shorter", ge=0, le=1
    )
    connected_events_every: Span = Field(
        default=timedelta(days=1),
        description="a device that comes back sooner is no event",
        ge=timedelta(minutes=1),
    )


class RateLimit(Section):
    per_second: PositiveFloat | None = Field(
        default=None, description="requests of one API key; none: no limit"
    )
    burst: PositiveInt = Field(default=200, description="requests at once before that counts")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    database: str | None = Field(
        default=None,
        pattern=r"^(sqlite:///|postgresql\+psycopg://)",
        description="`postgresql+psycopg://…`, or `sqlite:///…`; none: SQLite in the data folder",
    )
    content: DefaultStore = DefaultStore()
    stores: dict[str, Store] = Field(default={}, description="further stores by name")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="how clients reach this server, `https://…`; links begin with it",
    )
    tls: Tls = Tls()
    device_tls: DeviceTls = DeviceTls()
    proxy: Proxy = Proxy()
    device_proxy: DeviceProxy = DeviceProxy()
    devices: Devices = Devices()
    worker: Worker = Worker()
    rate_limit: RateLimit = RateLimit()
    unsigned_in_bundles: bool = Field(
        default=False,
        description="binaries may enter bundles before they are signed; devices wait for that",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal, else JSON"
    )
    bootstrap_api_key: SecretStr | None = Field(
        default=None, description="the first API key of an empty database", min_length=8
    )
    bootstrap_password: SecretStr | None = Field(
        default=None, description="the first user's password", min_length=8
    )

    def database_in(self, folder: Path) -> str:
        """The URL of the database; without one, of a file in the data folder."""
        return self.database or f"sqlite:///{folder / 'sealift.sqlite3'}"

    @property
    def device_door_speaks_tls(self) -> bool:
        """Where proxies do it in its place, only if it is given a certificate for them."""
        return not self.device_proxy.addresses or self.device_tls.certificate is not None

    @property
    def default_store(self) -> str:
        return self.content.name or self.content.kind

    @model_validator(mode="after")
    def _tells_stores_apart(self) -> Self:
        for name, store in self.stores.items():
            if _STORE_NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no name of a store: lower case, digits, _ and -")
            if name == self.default_store:
                raise ValueError(
                    f"two stores have the name {name}; give the default one another by"
                    f" {PREFIX}CONTENT__NAME"
                )
            if store.kind == "disk" and store.folder is None:
                raise ValueError(f"the further store {name} needs a folder")
        self._share_no_place()
        return self

    def _share_no_place(self) -> None:
        """Each of two stores would take the other's content for its own."""
        names = dict[str, str]()
        for name, store in {self.default_store: self.content, **self.stores}.items():
            if store.place is not None and names.setdefault(store.place, name) != name:
                thing = "bucket" if store.kind == "s3" else "folder"
                raise ValueError(
                    f"the stores {names[store.place]} and {name} have the same {thing};"
                    " give each its own, or keep one of the two"
                )

    @classmethod
    def settings_customise_sources(  # the signature is Pydantic's
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings  # what the file says is handed to the constructor
