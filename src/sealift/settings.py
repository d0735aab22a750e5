"""Everything an operator can set, read once at the start and handed over as values.

`SEALIFT_WORKER__THREADS=4` sets `worker.threads`; the same names stand in an optional TOML
file. The environment wins over the file. A name that nobody knows is refused: a typo must
not pass silently.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

_PREFIX: Final = "SEALIFT_"
# Names of the command line's own, and of tests: not settings of the server.
_OTHERS: Final = frozenset(
    {
        "API_KEY",
        "API_VERSION",
        "BASE_URL",
        "CA_PATH",
        "CONFIG_DIRECTORY",
        "DATA_DIR",
        "PROFILE",
        "SETTINGS_FILE",
    }
)
_OTHERS_PREFIX: Final = "TEST_"


_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?) ?(s|m|h|d)?")
# In the address of a database, which may have one in its query, too.
_PASSWORD: Final = re.compile(r"//([^:/@]*):[^@]*@")
_QUERY: Final = re.compile(r"(?<=://)([^?]*)\?.*", re.DOTALL)
_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class SettingsWrong(Exception):
    """Shown to the operator as it is."""


def _span(value: object) -> object:
    """`90`, `90s`, `1.5h`, `7d`: seconds unless a unit says otherwise."""
    found = _SPAN.fullmatch(str(value).strip())
    if found is None:
        return value
    return timedelta(seconds=float(found[1]) * _UNITS[found[2] or "s"])


Span: TypeAlias = Annotated[timedelta, BeforeValidator(_span)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Disk(Section):
    kind: Literal["disk"] = Field(default="disk", description="where content is kept")
    folder: Path | None = Field(default=None, description="none: `content` in the data folder")


class Tls(Section):
    certificate: Path | None = Field(default=None, description="PEM file, with its chain")
    key: Path | None = Field(default=None, description="PEM file")


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


class RateLimit(Section):
    per_second: PositiveFloat | None = Field(
        default=None, description="requests of one API key; none: no limit"
    )
    burst: PositiveInt = Field(default=200, description="requests at once before that counts")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    database: str | None = Field(
        default=None,
        pattern=r"^(sqlite:///|postgresql\+psycopg://)",
        description="`postgresql+psycopg://…`, or `sqlite:///…`; none: SQLite in the data folder",
    )
    content: Disk = Disk()
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="how clients reach this server, `https://…`; links begin with it",
    )
    tls: Tls = Tls()
    worker: Worker = Worker()
    rate_limit: RateLimit = RateLimit()
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal, else JSON"
    )
    bootstrap_api_key: SecretStr | None = Field(
        default=None, description="the first API key of an empty database", min_length=8
    )
    bootstrap_password: SecretStr | None = Field(
        default=None, description="the first user's password", min_length=8
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


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of what `sealift settings` prints."""

    name: str
    value: str
    source: Literal["environment", "file", "default"]
    default: str
    description: str


def load(file: Path | None) -> Settings:
    """Read file and environment; refuses with a sentence for the operator."""
    for name in _set_names(os.environ):
        if _key(name) not in _defaults():
            raise SettingsWrong(f"unknown setting {_PREFIX}{name}{_suggestion(name)}")
    try:
        given = tomllib.loads(file.read_text()) if file else {}
        return Settings(**given)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsWrong(f"cannot read the settings file {file}: {error}") from error
    except ValidationError as error:
        raise SettingsWrong("\n".join(_faults(error))) from error


def _set_names(environment: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(environment):
        plain = name.removeprefix(_PREFIX)
        is_ours = name.startswith(_PREFIX) and not plain.startswith(_OTHERS_PREFIX)
        if is_ours and plain not in _OTHERS:
            yield plain


def _key(name: str) -> str:
    return name.lower().replace("__", ".")


def _environment_name(key: str) -> str:
    return _PREFIX + key.upper().replace(".", "__")


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(_key(name), _defaults(), n=1)
    return f"; did you mean {_environment_name(close[0])}?" if close else ""


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        yield f"the setting {key} ({_environment_name(key)}) is wrong: {fault['msg'].lower()}"


def _leaves(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value, field.description or ""


def _defaults() -> dict[str, Any]:
    return {key: value for key, value, _ in _leaves(Settings.model_construct())}


def explained(
    settings: Settings, environment: Mapping[str, str], file: Path | None
) -> list[Setting]:
    """Every setting with its value (secrets hidden), its source and its default."""
    in_file = tomllib.loads(file.read_text()) if file else {}
    defaults = _defaults()
    return [
        Setting(
            key,
            _shown(value),
            _source(key, environment, in_file),
            _shown(defaults[key]),
            description,
        )
        for key, value, description in _leaves(settings)
    ]


def _source(
    key: str, environment: Mapping[str, str], in_file: dict[str, Any]
) -> Literal["environment", "file", "default"]:
    if _environment_name(key) in environment:
        return "environment"
    found: Any = in_file
    for name in key.split("."):
        found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return "default" if found is None else "file"


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "(hidden)"
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        unit = next((unit for unit, size in _UNITS.items() if seconds % size == 0), "s")
        return f"{seconds / _UNITS[unit]:g}{unit}"
    return _QUERY.sub(r"\1?(hidden)", _PASSWORD.sub(r"//\1:(hidden)@", str(value)))


def settings_file(environment: Mapping[str, str], data_folder: Path) -> Path | None:
    """`SEALIFT_SETTINGS_FILE`, or `sealift.toml` in the data folder if there is one."""
    named = environment.get(f"{_PREFIX}SETTINGS_FILE")
    if named:
        return Path(named)
    usual = data_folder / "sealift.toml"
    return usual if usual.is_file() else None


def from_environment(data_folder: Path) -> Settings:
    return load(settings_file(os.environ, data_folder))
