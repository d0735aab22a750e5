"""Settings as they are read and as they are shown.

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
from typing import Any, Final, Literal, cast

from pydantic import BaseModel, SecretStr, ValidationError

from sealift.settings.model import PREFIX, UNITS, Section, Settings, Store

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


# In the address of a database, which may have one in its query, too.
_PASSWORD: Final = re.compile(r"//([^:/@]*):[^@]*@")
_QUERY: Final = re.compile(r"(?<=://)([^?]*)\?.*", re.DOTALL)


# One setting of a further store.
_FURTHER: Final = re.compile(rf"stores\.[^.]+\.({'|'.join(Store.model_fields)})")


class SettingsWrong(Exception):
    """Shown to the operator as it is."""


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
        if not _is_known(_key(name)):
            raise SettingsWrong(f"unknown setting {PREFIX}{name}{_suggestion(name)}")
    try:
        given = tomllib.loads(file.read_text()) if file else {}
        return Settings(**given)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsWrong(f"cannot read the settings file {file}: {error}") from error
    except ValidationError as error:
        raise SettingsWrong("\n".join(_faults(error))) from error


def _set_names(environment: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(environment):
        plain = name.removeprefix(PREFIX)
        is_ours = name.startswith(PREFIX) and not plain.startswith(_OTHERS_PREFIX)
        if is_ours and plain not in _OTHERS:
            yield plain


def _key(name: str) -> str:
    return name.lower().replace("__", ".")


def _is_known(key: str) -> bool:
    return key in _defaults() or bool(_FURTHER.fullmatch(key))


def _environment_name(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _suggestion(name: str) -> str:
    key = _key(name)
    _, _, store = key.partition("stores.")
    further = [f"stores.{store.partition('.')[0]}.{field}" for field in Store.model_fields]
    close = difflib.get_close_matches(key, [*_defaults(), *further], n=1)
    return f"; did you mean {_environment_name(close[0])}?" if close else ""


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        named = f"the setting {key} ({_environment_name(key)}) is wrong" if key else "the settings"
        message = fault["msg"].removeprefix("Value error, ")
        yield f"{named}: {message[:1].lower()}{message[1:]}"


def _leaves(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from _leaves(value, f"{prefix}{name}.")
        elif isinstance(value, dict):
            for key, each in cast("dict[str, Section]", value).items():
                yield from _leaves(each, f"{prefix}{name}.{key}.")
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
    further = {key: value for key, value, _ in _leaves(Store.model_construct())}
    return [
        Setting(
            key,
            _shown(value),
            _source(key, environment, in_file),
            _shown(defaults.get(key, further.get(key.rpartition(".")[2]))),
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
        unit = next((unit for unit, size in UNITS.items() if seconds % size == 0), "s")
        return f"{seconds / UNITS[unit]:g}{unit}"
    if isinstance(value, tuple):
        return ", ".join(map(str, cast("tuple[object, ...]", value)))
    return _QUERY.sub(r"\1?(hidden)", _PASSWORD.sub(r"//\1:(hidden)@", str(value)))


def settings_file(environment: Mapping[str, str], data_folder: Path) -> Path | None:
    """`SEALIFT_SETTINGS_FILE`, or `sealift.toml` in the data folder if there is one."""
    named = environment.get(f"{PREFIX}SETTINGS_FILE")
    if named:
        return Path(named)
    usual = data_folder / "sealift.toml"
    return usual if usual.is_file() else None


def from_environment(data_folder: Path) -> Settings:
    return load(settings_file(os.environ, data_folder))
