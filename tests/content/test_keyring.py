from collections.abc import Mapping
from dataclasses import dataclass, field
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.content.keyring import Keyring
from sealift.domain.errors import RecordsUnavailable

_ALPHABET = ascii_letters + digits + "-_"
_ANY_TEXT = st.text(st.characters())  # lone surrogates too


@dataclass
class Vault:
    """Where keys are kept, and the clock of those who come to look."""

    keys: dict[str, bytes] = field(default_factory=lambda: {"first": b"1" * 32})
    loads: int = 0
    is_away: bool = False
    seconds: float = 1000.0

    def load(self) -> Mapping[str, bytes]:
        self.loads += 1
        if self.is_away:
            raise RecordsUnavailable("the database is away")
        return dict(self.keys)

    def clock(self) -> float:
        return self.seconds

    def keyring(self) -> Keyring:
        """That of one more server."""
        return Keyring(self.load, self.clock)

    def rotate(self, *, forget: bool = False) -> None:
        if forget:
            self.keys.clear()
        self.keys["second"] = b"2" * 32


# --- signing -------------------------------------------------------------------------------------


def test_what_one_server_signs_another_verifies() -> None:
    vault = Vault()

    key_id, signature = vault.keyring().sign("message")

    assert vault.keyring().verifies(key_id, signature, "message")


def test_a_signature_is_good_for_its_message_only() -> None:
    keyring = Vault().keyring()
    key_id, signature = keyring.sign("message")

    assert not keyring.verifies(key_id, signature, "Message")
    assert not keyring.verifies(key_id, signature, "")


def test_a_signature_is_good_under_its_key_only() -> None:
    vault = Vault()
    vault.rotate()
    keyring = vault.keyring()

    key_id, signature = keyring.sign("message")

    assert key_id == "second"
    assert not keyring.verifies("first", signature, "message")


def test_a_signature_and_the_id_of_its_key_need_no_quoting_in_a_link() -> None:
    keyring = Vault().keyring()

    signatures = [keyring.sign(f"message {number}")[1] for number in range(100)]

    assert all(set(each) <= set(_ALPHABET) for each in signatures)
    assert len(set(signatures)) == 100


# --- other spellings -----------------------------------------------------------------------------


def _signed_with(characters: str) -> tuple[Keyring, str, str, str]:
    """A signature in which one of the characters occurs."""
    keyring = Vault().keyring()
    for number in range(1000):
        key_id, signature = keyring.sign(f"message {number}")
        if set(characters) & set(signature):
            return keyring, key_id, signature, f"message {number}"
    raise AssertionError(characters)


@pytest.mark.parametrize(("ours", "theirs"), [("-", "+"), ("_", "/")])
def test_a_signature_in_the_other_alphabet_is_refused(ours: str, theirs: str) -> None:
    keyring, key_id, signature, message = _signed_with(ours)

    assert not keyring.verifies(key_id, signature.replace(ours, theirs), message)


@pytest.mark.parametrize(
    "respelled",
    ["{}=", "{}==", "={}", "{} ", " {}", "{}\n", "{}\0", "{}.", "{}é", "{}\ud800", "{}AAAA"],
)
def test_a_signature_with_something_around_it_is_refused(respelled: str) -> None:
    keyring = Vault().keyring()
    key_id, signature = keyring.sign("message")

    assert not keyring.verifies(key_id, respelled.format(signature), "message")


def test_a_signature_with_another_last_character_is_refused() -> None:
    # Three of these decode to the same bytes: the last two bits belong to no byte.
    keyring = Vault().keyring()
    key_id, signature = keyring.sign("message")

    accepted = [
        last for last in _ALPHABET if keyring.verifies(key_id, signature[:-1] + last, "message")
    ]

    assert accepted == [signature[-1]]


@pytest.mark.parametrize("length", range(43))
def test_the_beginning_of_a_signature_is_not_enough(length: int) -> None:
    keyring = Vault().keyring()
    key_id, signature = keyring.sign("message")

    assert not keyring.verifies(key_id, signature[:length], "message")


@given(key_id=st.sampled_from(["first", ""]) | _ANY_TEXT, signature=_ANY_TEXT, message=st.text())
def test_whatever_is_forged_is_refused(key_id: str, signature: str, message: str) -> None:
    assert not Vault().keyring().verifies(key_id, signature, message)


# --- rotation ------------------------------------------------------------------------------------


def test_what_the_earlier_key_signed_still_verifies_after_a_rotation() -> None:
    vault = Vault()
    keyring = vault.keyring()
    key_id, signature = keyring.sign("message")

    vault.rotate()
    vault.seconds += 1000

    assert keyring.verifies(key_id, signature, "message")


def test_the_newest_key_signs_a_minute_after_a_rotation_at_the_latest() -> None:
    vault = Vault()
    keyring = vault.keyring()
    keyring.sign("message")

    vault.rotate()
    vault.seconds += 61

    assert keyring.sign("message")[0] == "second"


def test_a_key_that_another_server_signs_with_is_known_a_second_later() -> None:
    vault = Vault()
    keyring = vault.keyring()
    keyring.sign("message")
    vault.rotate()
    key_id, signature = vault.keyring().sign("message")

    vault.seconds += 1.1

    assert keyring.verifies(key_id, signature, "message")


def test_a_forgotten_key_opens_nothing_a_minute_later() -> None:
    vault = Vault()
    keyring = vault.keyring()
    key_id, signature = keyring.sign("message")

    vault.rotate(forget=True)
    vault.seconds += 61

    assert not keyring.verifies(key_id, signature, "message")


def test_a_forgotten_key_opens_nothing_once_the_new_one_was_seen() -> None:
    vault = Vault()
    keyring = vault.keyring()
    earlier = keyring.sign("message")
    vault.rotate(forget=True)
    later = vault.keyring().sign("message")
    vault.seconds += 1.1

    assert keyring.verifies(*later, "message")
    assert not keyring.verifies(*earlier, "message")


# --- how often the records are asked -------------------------------------------------------------


def test_nothing_is_looked_up_before_it_is_needed() -> None:
    vault = Vault()

    vault.keyring()

    assert vault.loads == 0


def test_known_keys_are_looked_up_once_a_minute() -> None:
    vault = Vault()
    keyring = vault.keyring()
    signed = keyring.sign("message")

    for _ in range(1800):
        vault.seconds += 0.1
        assert keyring.verifies(*signed, "message")
        keyring.sign("message")

    assert 2 <= vault.loads <= 4


def test_a_flood_of_unknown_keys_asks_the_records_once_a_second() -> None:
    vault = Vault()
    keyring = vault.keyring()

    for number in range(10_000):
        vault.seconds += 0.001
        assert not keyring.verifies(f"forged-{number}", "signature", "message")

    assert 5 <= vault.loads <= 11


# --- while the records are away ------------------------------------------------------------------


def test_known_keys_go_on_working_while_the_records_are_away() -> None:
    vault = Vault()
    keyring = vault.keyring()
    signed = keyring.sign("message")

    vault.is_away = True
    vault.seconds += 3600

    assert keyring.verifies(*signed, "message")


def test_absent_records_are_tried_once_a_minute_for_known_keys() -> None:
    vault = Vault()
    keyring = vault.keyring()
    signed = keyring.sign("message")
    vault.is_away, vault.loads = True, 0

    for _ in range(1800):
        vault.seconds += 0.1
        assert keyring.verifies(*signed, "message")

    assert vault.loads <= 3


def test_an_unknown_key_is_not_called_forged_while_the_records_are_away() -> None:
    vault = Vault(is_away=True)

    with pytest.raises(RecordsUnavailable):
        vault.keyring().verifies("first", "signature", "message")


def test_nothing_is_signed_with_a_key_that_may_have_been_forgotten() -> None:
    vault = Vault()
    keyring = vault.keyring()
    keyring.sign("message")
    vault.is_away = True
    vault.seconds += 61

    with pytest.raises(RecordsUnavailable):
        keyring.sign("message")
