from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from sealift.domain.errors import KeyMalformed, SignatureWrong
from sealift.domain.signature import key_id, public_key_pem, public_key_value, verify

# SHA-256 of "Hello, Binary" with a line end.
_DIGEST = "403ccc806332775b59558608031ce2656bfee95b32229bdd9aed5aab433af55b"

# A key and a signature as Peridio published them.
_PUBLISHED_KEY = "DIU8Zhf20Gr4n6vzDxCG2eupglynQ1Q6j19UKA4Mf88="
_PUBLISHED_KEY_ID = "f29684f9defb0dd4e2823cba313eed2fb088c67a55f1ac39be71fddc6d0ccf93"
_PUBLISHED_SIGNATURE = (
    "EA9C0A0078B1DE6F814BCDADB0E5D91D9E6E58C5882DFE689F0518DB135E0966"
    "DF9F52D6162A13201CB733EDBFD2F0B384D67BDD8B058D9E9AA24DF632365905"
)

# A key of our own, from the seed of the bytes 0 to 31.
_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
_KEY_ID = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
_OVER_TEXT = (
    "36c2528a789fabc1f75081a260a29d4a2ab2c15442572c7a16f0f90b102e8972"
    "e9e09ff394d513e90830ac73ad6183887db307323a3d7ec0f4e7a1d803bfc309"
)
_OVER_RAW = (
    "76c297e0f212f91156a473a3db9ccbcd651a635809f7d3155657f5305393cbff"
    "c4ca01185ee8908270caf4fed402a536172fd6dd5b7fd0d1f01ca9cff64e230c"
)
_P = 2**255 - 19
_GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


def _accepts(key: str, signature: str, digest: str = _DIGEST) -> bool:
    try:
        verify(key, signature, digest, "binary")
    except SignatureWrong:
        return False
    return True


def _with_one_bit_changed(raw: bytes) -> list[bytes]:
    number = int.from_bytes(raw, "little")
    return [(number ^ 1 << bit).to_bytes(len(raw), "little") for bit in range(8 * len(raw))]


def _pem(key: PublicKeyTypes) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


# --- signatures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        pytest.param(_PUBLISHED_KEY, _PUBLISHED_SIGNATURE, id="published, in uppercase"),
        pytest.param(_PUBLISHED_KEY, _PUBLISHED_SIGNATURE.lower(), id="the same in lowercase"),
        pytest.param(_KEY, _OVER_TEXT, id="over the text of the digest"),
        pytest.param(_KEY, _OVER_RAW, id="over the raw digest"),
        pytest.param(_KEY, _OVER_RAW.upper(), id="over the raw digest, in uppercase"),
    ],
)
def test_a_good_signature_is_accepted(key: str, signature: str) -> None:
    assert _accepts(key, signature)


@pytest.mark.parametrize("signature", [_OVER_TEXT, _OVER_RAW])
def test_a_signature_with_any_bit_changed_is_refused(signature: str) -> None:
    changed = [raw.hex() for raw in _with_one_bit_changed(bytes.fromhex(signature))]

    assert len(changed) == 512
    assert not any(_accepts(_KEY, each) for each in changed)


@pytest.mark.parametrize("signature", [_OVER_TEXT, _OVER_RAW])
def test_a_signature_does_not_fit_a_digest_with_any_bit_changed(signature: str) -> None:
    changed = [raw.hex() for raw in _with_one_bit_changed(bytes.fromhex(_DIGEST))]

    assert len(changed) == 256
    assert not any(_accepts(_KEY, signature, each) for each in changed)


def test_a_signature_does_not_fit_a_key_with_any_bit_changed() -> None:
    changed = [_base64(raw) for raw in _with_one_bit_changed(b64decode(_KEY))]

    assert len(changed) == 256
    assert not any(_accepts(each, _OVER_TEXT) for each in changed)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(_DIGEST.upper().encode(), id="the digest in uppercase"),
        pytest.param(_DIGEST.encode() + b"\n", id="the digest with a line end"),
        pytest.param(b"Hello, Binary\n", id="the content itself"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_signature_over_anything_but_the_digest_is_refused(message: bytes) -> None:
    signature = _PRIVATE.sign(message).hex()

    with pytest.raises(SignatureWrong) as refused:
        verify(_KEY, signature, _DIGEST, "binary")

    # Clients look for both phrases.
    assert "Invalid signature" in refused.value.message
    assert "sign the hash of the binary" in refused.value.message
    assert refused.value.field == "signature"


def test_a_signature_cannot_be_spelled_with_another_number() -> None:
    raw = bytes.fromhex(_OVER_TEXT)
    number = int.from_bytes(raw[32:], "little") + _GROUP_ORDER

    respelled = raw[:32] + number.to_bytes(32, "little")

    assert not _accepts(_KEY, respelled.hex())


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("", id="nothing"),
        pytest.param(_OVER_TEXT[:-1], id="short"),
        pytest.param(_OVER_TEXT[:-2], id="a byte short"),
        pytest.param(_OVER_TEXT + "00", id="long"),
        pytest.param(_OVER_TEXT + "\n", id="a line end"),
        pytest.param(" " + _OVER_TEXT[1:], id="a space"),
        pytest.param("g" + _OVER_TEXT[1:], id="no hex"),
        pytest.param(_base64(bytes.fromhex(_OVER_TEXT)), id="base64"),
        pytest.param("３" + _OVER_TEXT[1:], id="a digit of another script"),  # noqa: RUF001
    ],
)
def test_a_signature_in_another_spelling_is_refused(signature: str) -> None:
    with pytest.raises(SignatureWrong) as refused:
        verify(_KEY, signature, _DIGEST, "binary")

    assert refused.value.field == "signature"


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "expected"), [(_PUBLISHED_KEY, _PUBLISHED_KEY_ID), (_KEY, _KEY_ID)]
)
def test_the_id_of_a_key_is_the_digest_of_its_bytes(key: str, expected: str) -> None:
    assert key_id(key) == expected


@pytest.mark.parametrize("key", [_PUBLISHED_KEY, _KEY])
def test_a_key_is_kept_as_it_was_given_in_base64(key: str) -> None:
    assert public_key_value(key) == key


@pytest.mark.parametrize("around", ["{}", "\n\n{}", "{}\n\n", "  {}"])
def test_a_key_given_as_pem_is_kept_as_base64(around: str) -> None:
    text = around.format(_pem(_PRIVATE.public_key()))

    assert public_key_value(text) == _KEY


def test_a_key_shown_as_pem_is_the_same_key() -> None:
    shown = load_pem_public_key(public_key_pem(_KEY).encode())

    assert isinstance(shown, Ed25519PublicKey)
    assert _base64(shown.public_bytes_raw()) == _KEY


_OTHER_KINDS = {
    "RSA": _pem(generate_private_key(65537, 2048).public_key()),
    "X25519": _pem(X25519PrivateKey.generate().public_key()),
    "Ed448": _pem(Ed448PrivateKey.generate().public_key()),
    "private": _PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
}


@pytest.mark.parametrize("kind", _OTHER_KINDS)
def test_a_pem_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises(KeyMalformed) as refused:
        public_key_value(_OTHER_KINDS[kind])

    assert refused.value.field == "value"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(_base64(bytes(range(31))), id="31 bytes"),
        pytest.param(_base64(b64decode(_KEY) + b"\0"), id="33 bytes"),
        pytest.param(_base64(bytes(64)), id="a private key"),
        pytest.param(_KEY.rstrip("="), id="no padding"),
        pytest.param(_KEY + "\n", id="a line end"),
        pytest.param(" " + _KEY, id="a space"),
        pytest.param(_KEY.replace("/", "_"), id="the alphabet of URLs"),
        pytest.param(b64decode(_KEY).hex(), id="hex"),
        pytest.param("é" * 44, id="no ASCII"),
        pytest.param("\ud800" * 44, id="lone surrogates"),
        pytest.param("\0" * 44, id="NUL"),
        pytest.param("-----BEGIN", id="the beginning of a PEM"),
        pytest.param("-----BEGIN \ud800", id="a lone surrogate in a PEM"),
        pytest.param(
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", id="a PEM of nothing"
        ),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyMalformed) as refused:
        public_key_value(text)

    assert refused.value.field == "value"


def test_a_key_that_could_never_verify_anything_is_refused_as_pem_too() -> None:
    # The library takes any 32 bytes and would fail later, at every signature.
    no_point = (2).to_bytes(32, "little")

    with pytest.raises(KeyMalformed):
        public_key_value(_pem(Ed25519PublicKey.from_public_bytes(no_point)))
