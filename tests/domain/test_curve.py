"""Which 32 bytes can be an Ed25519 key, told once more and in another way."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.errors import KeyMalformed
from sealift.domain.signature import public_key_value

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def _is_good(raw: bytes) -> bool:
    point = _decoded(raw)
    return point is not None and not _is_of_small_order(point)


def _is_of_small_order(point: tuple[int, int]) -> bool:
    """Whether doubling it three times leads to the neutral point."""
    x, y = point
    for _ in range(3):
        k = _D * x * x * y * y % _P
        x, y = 2 * x * y * pow(1 + k, -1, _P) % _P, (y * y + x * x) * pow(1 - k, -1, _P) % _P
    return (x, y) == (0, 1)


def _decoded(raw: bytes) -> tuple[int, int] | None:
    """As RFC 8032, 5.1.3 tells it, by way of the square root itself."""
    number = int.from_bytes(raw, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P == -u % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if v * x * x % _P != u or (x == 0 and sign == 1):
        return None
    return x if x % 2 == sign else _P - x, y


def _is_accepted(raw: bytes) -> bool:
    text = b64encode(raw).decode()
    try:
        return public_key_value(text) == text
    except KeyMalformed:
        return False


@given(raw=st.binary(min_size=32, max_size=32))
def test_a_key_is_accepted_if_it_is_a_point_of_the_curve(raw: bytes) -> None:
    assert _is_accepted(raw) == _is_good(raw)


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [0, 1, 2, 3, 4, 5, _P - 1, _P, _P + 1, 2**255 - 1])
def test_keys_at_the_edges_of_the_curve_are_judged_right(y: int, sign: int) -> None:
    raw = (y | sign << 255).to_bytes(32, "little")

    assert _is_accepted(raw) == _is_good(raw)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param((1).to_bytes(32, "little"), id="order 1"),
        pytest.param((_P - 1).to_bytes(32, "little"), id="order 2"),
        pytest.param(bytes(32), id="order 4"),
        pytest.param(
            bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            id="order 8",
        ),
    ],
)
def test_a_key_for_which_anybody_can_sign_is_refused(raw: bytes) -> None:
    assert _is_of_small_order(_decoded(raw) or (0, 0))
    assert not _is_accepted(raw)
