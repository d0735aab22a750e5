"""Two files in the configuration directory: `config.json`, and `credentials.json` (0600).

`config.json` holds profiles and the names of signing key pairs and CAs, `credentials.json` the
API key of each profile. What this version does not know in them is kept. Both are replaced as a
whole, so a reader never sees half a file.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from sealift.cli.failures import BadData, Misused

Json: TypeAlias = dict[str, object]

VERSION: Final = 2
PROFILE_KEYS: Final = ("base_url", "ca_path", "api_version")


@dataclass(frozen=True, slots=True)
class Config:
    directory: Path
    document: Json
    credentials: Json

    @property
    def path(self) -> Path:
        return self.directory / "config.json"

    @property
    def credentials_path(self) -> Path:
        return self.directory / "credentials.json"

    def profiles(self) -> dict[str, Json]:
        return _objects(self.document.get("profiles"), self.path, "profiles")

    def signing_key_pairs(self) -> dict[str, Json]:
        return _objects(self.document.get("signing_key_pairs"), self.path, "signing_key_pairs")

    def profile(self, name: str) -> Json:
        """The profile with its API key, or a complaint that names those there are."""
        profiles = self.profiles()
        if name not in profiles:
            known = ", ".join(sorted(profiles)) or "none"
            raise Misused(f"no profile {name!r} in {self.path}; there are: {known}")
        keys = _objects(self.credentials, self.credentials_path, "profiles")
        return {**profiles[name], **keys.get(name, {})}

    def with_profile(self, name: str, changes: Json) -> "Config":
        """`changes` may hold an `api_key`; what is None is taken out."""
        profiles, credentials = self.profiles(), dict(self.credentials)
        plain = {key: value for key, value in changes.items() if key != "api_key"}
        profiles[name] = _without_none({**profiles.get(name, {}), **plain})
        if "api_key" in changes:
            credentials[name] = _without_none({"api_key": changes["api_key"]})
        return Config(self.directory, {**self.document, "profiles": profiles}, credentials)

    def without_profile(self, name: str) -> "Config":
        profiles, credentials = self.profiles(), dict(self.credentials)
        del profiles[name]
        credentials.pop(name, None)
        return Config(self.directory, {**self.document, "profiles": profiles}, credentials)

    def with_signing_key_pair(self, name: str, prn: str, private: Path) -> "Config":
        pair = {"signing_key_prn": prn, "signing_key_private_path": str(private.resolve())}
        pairs = {**self.signing_key_pairs(), name: pair}
        return Config(
            self.directory, {**self.document, "signing_key_pairs": pairs}, self.credentials
        )

    def certificate_authorities(self) -> dict[str, Json]:
        authorities = self.document.get("certificate_authorities")
        return _objects(authorities, self.path, "certificate_authorities")

    def certificate_authority(self, name: str) -> tuple[Path, Path]:
        """The files with its certificate and its key, or a complaint that names those there are."""
        authorities = self.certificate_authorities()
        found = authorities.get(name)
        if found is None:
            known = ", ".join(sorted(authorities)) or "none"
            raise Misused(f"no certificate authority {name!r} in {self.path}; there are: {known}")
        certificate, key = found.get("certificate"), found.get("private_key")
        if not isinstance(certificate, str) or not isinstance(key, str):
            raise BadData(f"{name} in {self.path} should have a certificate and a private_key")
        return Path(certificate).expanduser(), Path(key).expanduser()

    def with_certificate_authority(self, name: str, certificate: Path, key: Path) -> "Config":
        files = {"certificate": str(certificate.resolve()), "private_key": str(key.resolve())}
        authorities = {**self.certificate_authorities(), name: files}
        document = {**self.document, "certificate_authorities": authorities}
        return Config(self.directory, document, self.credentials)

    def save(self) -> None:
        if self.document.get("version") != VERSION:
            raise Misused(f"{self.path} is of an older version; run: sealift config upgrade")
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(self.path, self.document)
            if self.credentials or self.credentials_path.exists():
                _replace(self.credentials_path, self.credentials)
        except OSError as error:
            raise BadData(f"cannot write to {self.directory}: {error.strerror}") from error


def load(directory: Path) -> Config:
    """What is there; files that are missing are empty."""
    document = _read(directory / "config.json") or {
        "version": VERSION,
        "profiles": {},
        "signing_key_pairs": {},
        "certificate_authorities": {},
    }
    return Config(directory, document, _read(directory / "credentials.json"))


def upgraded(config: Config) -> Config:
    """Version 1 called its certificate authorities `ca_certificates`."""
    document = dict(config.document)
    found = document.get("version", 1)
    if found not in {1, VERSION}:
        raise BadData(f"{config.path} is of version {found}, which this sealift does not know")
    authorities = document.pop("ca_certificates", None)
    if authorities is not None:
        document.setdefault("certificate_authorities", authorities)
    for part in ("profiles", "signing_key_pairs", "certificate_authorities"):
        document.setdefault(part, {})
    return Config(config.directory, {**document, "version": VERSION}, config.credentials)


def default_directory() -> Path:
    from platformdirs import user_config_path

    return user_config_path("sealift", appauthor=False, roaming=True)


def _read(path: Path) -> Json:
    try:
        found: object = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise BadData(f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadData(f"{path} should hold a JSON object")
    return cast("Json", found)


def _replace(path: Path, document: Json) -> None:
    """A temporary file is made readable for its owner only, and stays so."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2, ensure_ascii=False)
            file.write("\n")
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _objects(value: object, path: Path, what: str) -> dict[str, Json]:
    if value is None:
        return {}
    if isinstance(value, dict):
        found = cast("Json", value)
        if all(isinstance(each, dict) for each in found.values()):
            return cast("dict[str, Json]", dict(found))
    raise BadData(f"{what} in {path} should be JSON objects by name")


def as_object(value: object) -> Json:
    """What an answer holds under a name, empty where it is no JSON object."""
    return cast("Json", value) if isinstance(value, dict) else {}


def _without_none(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}
