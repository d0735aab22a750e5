"""Keys and signatures on this side, against known answers."""

import base64
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from sealift.client.local import LocalTrouble
from sealift.client.signing import PrivateKey, read_private_key, read_public_key, write_pair
from sealift.domain.signature import key_id, verify

_SEED = bytes(range(32))
_PUBLIC = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
_HASH = "403ccc806332775b59558608031ce2656bfee95b32229bdd9aed5aab433af55b"
_OVER_TEXT = (
    "36c2528a789fabc1f75081a260a29d4a2ab2c15442572c7a16f0f90b102e8972"
    "e9e09ff394d513e90830ac73ad6183887db307323a3d7ec0f4e7a1d803bfc309"
)
_OVER_RAW = (
    "76c297e0f212f91156a473a3db9ccbcd651a635809f7d3155657f5305393cbff"
    "c4ca01185ee8908270caf4fed402a536172fd6dd5b7fd0d1f01ca9cff64e230c"
)


def _pem(**encryption: bytes) -> bytes:
    password = encryption.get("password")
    return Ed25519PrivateKey.from_private_bytes(_SEED).private_bytes(
        Encoding.PEM,
        PrivateFormat.PKCS8,
        BestAvailableEncryption(password) if password else NoEncryption(),
    )


def _raw(public: str = _PUBLIC) -> bytes:
    return base64.b64encode(_SEED + base64.b64decode(public))


def _key() -> PrivateKey:
    return PrivateKey.load(_pem(), "key.pem")


def test_the_text_of_the_hash_is_signed_in_uppercase_hex() -> None:
    assert _key().sign(_HASH) == _OVER_TEXT.upper()


def test_the_raw_digest_is_signed_when_asked_for() -> None:
    assert _key().sign(_HASH, raw=True) == _OVER_RAW.upper()


@pytest.mark.parametrize("raw", [False, True])
def test_the_server_accepts_what_is_signed_here(*, raw: bool) -> None:
    key = PrivateKey.make()

    signature = key.sign(_HASH, raw=raw)

    assert verify(key.public_value, signature, _HASH, "binary") is None


@pytest.mark.parametrize("text", [_pem(), _raw(), _raw() + b"\n"])
def test_both_forms_of_a_private_key_are_the_same_key(text: bytes) -> None:
    key = PrivateKey.load(text, "key")

    assert key.public_value == _PUBLIC
    assert key.sign(_HASH) == _OVER_TEXT.upper()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (_pem(password=b"x"), "encrypted"),
        (
            generate_ec(SECP256R1()).private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ),
            "not Ed25519",
        ),
        (b"-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----\n", "no private key"),
        (_raw(base64.b64encode(bytes(32)).decode()), "do not belong together"),
        (base64.b64encode(_SEED), "64 bytes"),
        (b"\xff\xfe", "64 bytes"),
        (b"", "64 bytes"),
    ],
)
def test_what_is_no_usable_private_key_is_refused_by_name(text: bytes, complaint: str) -> None:
    with pytest.raises(LocalTrouble, match=complaint) as caught:
        PrivateKey.load(text, "my-key")

    assert "my-key" in str(caught.value)


def test_a_pair_is_written_so_that_both_halves_read_back(tmp_path: Path) -> None:
    files = write_pair(_key(), tmp_path / "keys", "release")

    assert read_private_key(files.private).public_value == _PUBLIC
    assert read_public_key(files.public) == _PUBLIC
    assert read_public_key(files.private) == _PUBLIC


def test_only_the_owner_can_read_a_private_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        files = write_pair(_key(), tmp_path, "release")
    finally:
        os.umask(before)

    assert stat.S_IMODE(files.private.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["release-private.pem", "release-public.pem"])
def test_a_pair_never_overwrites_anything(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")

    with pytest.raises(LocalTrouble, match=name):
        write_pair(_key(), tmp_path, "release")

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "precious"


def test_a_public_key_may_be_base64_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "public.txt"
    path.write_text(_PUBLIC + "\n")

    assert read_public_key(path) == _PUBLIC


def test_a_file_that_is_too_large_for_a_key_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "firmware.bin"
    path.write_bytes(bytes(1024 * 1024))

    with pytest.raises(LocalTrouble, match="too large"):
        read_private_key(path)


def test_a_key_has_the_id_that_the_server_gives_it() -> None:
    expected = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"

    assert key_id(_key().public_value) == expected
