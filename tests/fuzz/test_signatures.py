"""A key or a signature in any spelling is the one that is meant, or is refused."""

from base64 import b64decode, b64encode
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.errors import KeyMalformed, SignatureWrong
from sealift.domain.signature import public_key_value, verify
from tests.fuzz.changed import changed
from tests.fuzz.promises import tries
from tests.yard import CONTENT, PRIVATE_KEY, PUBLIC_KEY, digest

_PEM: Final = (
    PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
)
_DIGEST: Final = digest(CONTENT)
_SIGNATURE: Final = PRIVATE_KEY.sign(_DIGEST.encode()).hex()
_BASE64_CHARACTERS: Final = "Aa0+/=-_ \n"


@tries(400)
@given(
    text=st.one_of(
        changed(PUBLIC_KEY, _BASE64_CHARACTERS),
        changed(_PEM, _BASE64_CHARACTERS),
        st.binary(min_size=30, max_size=34).map(lambda raw: b64encode(raw).decode()),
        st.text(),
        st.text().map(lambda text: f"-----BEGIN {text}"),
    )
)
def test_what_is_kept_of_a_key_is_a_key(text: str) -> None:
    kept = _kept(text)

    if kept is not None:
        assert len(b64decode(kept, validate=True)) == 32
        assert _kept(kept) == kept


def _kept(text: str) -> str | None:
    try:
        return public_key_value(text)
    except KeyMalformed:
        return None


@tries(200)
@given(signature=st.one_of(changed(_SIGNATURE, "0aAgG +"), st.binary(max_size=65).map(bytes.hex)))
def test_no_other_signature_is_good(signature: str) -> None:
    assert _is_good(PUBLIC_KEY, signature) == (signature.lower() == _SIGNATURE)


@tries(60)
@given(seed=st.binary(min_size=32, max_size=32))
def test_a_signature_fits_the_key_that_made_it_alone(seed: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    value = b64encode(private.public_key().public_bytes_raw()).decode()

    assert public_key_value(value) == value
    verify(value, private.sign(_DIGEST.encode()).hex().upper(), _DIGEST, "binary")
    assert value == PUBLIC_KEY or not _is_good(value, _SIGNATURE)


def _is_good(value: str, signature: str) -> bool:
    try:
        verify(value, signature, _DIGEST, "binary")
    except SignatureWrong:
        return False
    return True
