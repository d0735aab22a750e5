import base64
import re
import warnings
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from sealift.domain.errors import CertificateWrong
from sealift.domain.x509 import (
    Certificate,
    has_expired,
    identifier_in,
    issued_by,
    must_be_ca,
    must_be_device,
    must_prove_possession,
    of_der,
    read,
)
from tests.certificates import (
    CLIENT,
    ENDS,
    SERVER,
    Issued,
    Key,
    a_ca,
    a_device,
    issue,
    used_by,
    used_to,
)

_NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
_PAST: Final = _NOW - timedelta(days=1)
_UNKNOWN: Final = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


def _of(issued: Issued) -> Certificate:
    return of_der(issued.der)


def _refused(given: str) -> str:
    with pytest.raises(CertificateWrong) as refused:
        read(given)
    assert refused.value.field == "certificate"
    return refused.value.message


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


# --- reading -------------------------------------------------------------------------------------


def test_a_certificate_is_the_same_however_it_is_sent() -> None:
    made = a_device("device-1")
    commented = f"Certificate:\n    Version: 3\n{made.pem}"

    sent = [
        made.as_sent,
        made.pem,
        f"\n{made.pem}\n",
        _base64(made.der),
        "\n".join(re.findall(".{1,64}", made.as_sent)),
        _base64(commented.encode()),
    ]

    assert {read(each).der for each in sent} == {made.der}


def test_facts_are_those_that_openssl_would_print() -> None:
    ca = a_ca("The CA")
    made = a_device("device-1", ca)

    read_one, read_ca = _of(made), _of(ca)

    assert read_one.serial == str(made.certificate.serial_number)
    assert read_one.fingerprint == made.fingerprint
    assert re.fullmatch("[0-9A-F]{64}", read_one.fingerprint)
    assert (read_one.not_before, read_one.not_after) == (datetime(2020, 1, 1, tzinfo=UTC), ENDS)
    assert (read_one.common_name, read_ca.common_name) == ("device-1", "The CA")
    assert (read_one.is_ca, read_ca.is_ca) == (False, True)
    assert read_one.authority_key_identifier == read_ca.subject_key_identifier is not None
    assert re.fullmatch("[0-9A-F]{40}", str(read_ca.subject_key_identifier))


def test_a_certificate_may_say_little_of_itself() -> None:
    bare = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([]))
    key = ec.generate_private_key(ec.SECP256R1())
    dated = bare.not_valid_before(_PAST).not_valid_after(_NOW).serial_number(7)
    der = dated.public_key(key.public_key()).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    found = of_der(der)

    assert found.common_name is None
    assert found.subject_key_identifier is None
    assert found.authority_key_identifier is None
    assert not found.is_ca


@pytest.mark.parametrize(
    "given",
    [
        "",
        "no base64!",
        "é",
        "AAAA",
        _base64(b"-----BEGIN CERTIFICATE-----\n"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        _base64(b"\x30\x82" + bytes(200_000)),
    ],
)
def test_what_is_no_certificate_is_refused(given: str) -> None:
    assert re.match("is invalid: |cannot be read", _refused(given))


def test_every_broken_byte_is_a_refusal_or_another_certificate() -> None:
    der = a_device("device-1", a_ca()).der

    refused = 0
    with warnings.catch_warnings(action="ignore"):
        for position in range(len(der)):
            broken = bytearray(der)
            broken[position] ^= 0x55
            try:
                read(_base64(bytes(broken)))
            except CertificateWrong:
                refused += 1

    assert 0 < refused < len(der)


def test_a_certificate_with_something_behind_it_is_refused() -> None:
    assert "cannot be read" in _refused(_base64(a_device("device-1").der + b"\0"))


def test_several_certificates_are_not_one() -> None:
    pem = a_device("device-1").pem

    assert "these are 2" in _refused(pem * 2)


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["RSA", "P-384", "Ed25519"],
)
def test_keys_that_a_device_may_have(key: Key) -> None:
    made = issue("device-1", key=key)

    assert read(made.as_sent).common_name == "device-1"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (rsa.generate_private_key(65537, 1024), "2048 to 8192 bits, not 1024"),  # noqa: S505 - that is the point
        (ec.generate_private_key(ec.SECP256K1()), "not secp256k1"),
    ],
    ids=["short RSA", "another curve"],
)
def test_keys_that_no_device_may_have(key: Key, message: str) -> None:
    made = issue("device-1", key=key)

    assert message in _refused(made.as_sent)


def test_a_kind_of_key_that_signs_nothing_is_refused() -> None:
    ca, name = a_ca(), x509.Name([])
    public = X25519PrivateKey.generate().public_key()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public)
    dated = builder.serial_number(1).not_valid_before(_PAST).not_valid_after(_NOW)
    made = dated.sign(ca.key, hashes.SHA256())

    assert "RSA, EC, Ed25519 or Ed448" in _refused(_base64(made.public_bytes(Encoding.DER)))


def test_an_ed448_key_is_one_of_them() -> None:
    ca, key = a_ca(), ed448.Ed448PrivateKey.generate()
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    dated = builder.serial_number(1).not_valid_before(_PAST).not_valid_after(_NOW)
    made = dated.public_key(key.public_key()).sign(ca.key, hashes.SHA256())

    assert read(_base64(made.public_bytes(Encoding.DER))).serial == "1"


def test_a_critical_extension_that_nobody_knows_is_refused() -> None:
    critical = issue("device-1", further=[(_UNKNOWN, True)])
    other = issue("device-1", further=[(_UNKNOWN, False)])

    message = _refused(critical.as_sent)

    assert "1.2.3.4" in message
    assert read(other.as_sent).common_name == "device-1"


def test_a_serial_number_is_positive() -> None:
    made = issue("device-1", serial=0x7F)
    zero = made.der.replace(b"\x02\x01\x7f", b"\x02\x01\x00", 1)

    with pytest.warns(match="serial number"):
        message = _refused(_base64(zero))

    assert "not 0" in message


def test_one_of_several_names_is_not_the_name() -> None:
    assert _of(issue("device-1", "device-2")).common_name is None


# --- who issued it -------------------------------------------------------------------------------


def test_a_ca_issued_what_its_key_signed() -> None:
    ca, other = a_ca(), a_ca()
    issued = _of(a_device("device-1", ca))

    assert issued_by(issued, _of(ca))
    assert not issued_by(issued, _of(other))
    assert issued_by(_of(ca), _of(ca))


def test_it_does_not_matter_when() -> None:
    ca = a_ca(ends=_PAST)

    assert issued_by(_of(a_device("device-1", ca, ends=_PAST)), _of(ca))


def test_the_names_must_match_and_not_the_key_alone() -> None:
    ca = a_ca("One")
    renamed = issue("Two", key=ca.key, is_ca=True)

    assert not issued_by(_of(a_device("device-1", ca)), _of(renamed))


def test_the_key_must_match_and_not_the_names_alone() -> None:
    ca = issue("A CA", is_ca=True, names_keys=False)
    impostor = issue("A CA", is_ca=True, names_keys=False)
    device = issue("device-1", by=ca, names_keys=False)

    assert issued_by(_of(device), _of(ca))
    assert not issued_by(_of(device), _of(impostor))


def test_who_is_no_ca_issues_nothing() -> None:
    device = a_device("device-1", a_ca())

    assert not issued_by(_of(a_device("device-2", device)), _of(device))


def test_a_root_did_not_issue_what_its_intermediate_did() -> None:
    root = a_ca("Root")
    intermediate = issue("Intermediate", by=root, is_ca=True)
    device = a_device("device-1", intermediate)

    assert issued_by(_of(device), _of(intermediate))
    assert not issued_by(_of(device), _of(root))


def test_a_weak_hash_proves_nothing() -> None:
    ca = issue("A CA", key=rsa.generate_private_key(65537, 2048), is_ca=True)
    device = issue("device-1", by=ca)
    # No library makes such a signature any more; this one is as it was made by openssl.
    weak = device.der.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)

    assert issued_by(_of(device), _of(ca))
    assert not issued_by(of_der(weak), _of(ca))


_SHA256_WITH_RSA: Final = bytes.fromhex("06092a864886f70d01010b")
_SHA1_WITH_RSA: Final = bytes.fromhex("06092a864886f70d010105")


def test_a_verification_certificate_bears_the_code_and_is_signed_by_the_ca() -> None:
    ca, other = a_ca(), a_ca()
    verification = issue("code-1", by=ca)

    must_prove_possession(_of(ca), _of(verification), "code-1")
    with pytest.raises(CertificateWrong, match="must be the verification code, not code-1") as one:
        must_prove_possession(_of(ca), _of(verification), "code-2")
    with pytest.raises(CertificateWrong, match="signed by the key of the CA") as two:
        must_prove_possession(_of(other), _of(verification), "code-1")

    assert one.value.field == two.value.field == "verification_certificate"


# --- what it may be registered for ---------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        a_ca(),
        issue("A CA", is_ca=True, further=[used_to("key_cert_sign", "crl_sign")]),
        issue("A CA", is_ca=True, further=[used_by(SERVER, CLIENT)]),
        issue("A CA", by=a_ca("Root"), is_ca=True),
    ],
    ids=["plain", "may sign", "for clients too", "an intermediate"],
)
def test_cas_that_may_be_registered(made: Issued) -> None:
    certificate = _of(made)

    must_be_ca(certificate, _NOW)

    assert certificate.is_ca


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (a_device("device-1"), "must be of a CA"),
        (issue("A CA", is_ca=None), "must be of a CA"),
        (issue("A CA", is_ca=True, further=[used_to("digital_signature")]), "sign certificates"),
        (issue("A CA", is_ca=True, further=[used_by(SERVER)]), "include client authentication"),
        (a_ca(ends=_PAST), "expired on 2026-05-31"),
    ],
    ids=["a device", "says nothing", "may not sign", "for servers", "expired"],
)
def test_cas_that_may_not_be_registered(made: Issued, message: str) -> None:
    with pytest.raises(CertificateWrong, match=message) as refused:
        must_be_ca(_of(made), _NOW)

    assert refused.value.field == "certificate"


@pytest.mark.parametrize(
    "made",
    [
        a_device("device-1"),
        issue("device-1"),
        issue("device-1", is_ca=None),
        issue("device-1", further=[used_by(CLIENT, SERVER)]),
        issue("device-1", further=[used_to("digital_signature")]),
        issue("device-1", further=[used_to("key_agreement")]),
    ],
    ids=["usual", "any use", "says nothing", "server too", "signs", "agrees"],
)
def test_certificates_that_a_device_may_have(made: Issued) -> None:
    certificate = _of(made)

    must_be_device(certificate, "device-1", _NOW)

    assert identifier_in(certificate) == "device-1"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (issue("device-1", is_ca=True), "is a CA"),
        (a_device("device-2"), "is device-2, and the device's identifier is device-1"),
        (issue("device-1", "device-2"), "must have one common name"),
        (issue("device-1", further=[used_by(SERVER)]), "include client authentication"),
        (issue("device-1", further=[used_to("key_encipherment")]), "allow digital signatures"),
        (a_device("device-1", ends=_PAST), "expired on 2026-05-31"),
    ],
    ids=["a CA", "of another", "two names", "for servers", "may not sign", "expired"],
)
def test_certificates_that_no_device_may_have(made: Issued, message: str) -> None:
    with pytest.raises(CertificateWrong, match=message) as refused:
        must_be_device(_of(made), "device-1", _NOW)

    assert refused.value.field == "certificate"


def test_a_name_longer_than_names_may_be_is_no_identifier() -> None:
    with warnings.catch_warnings(action="ignore"):
        made = _of(issue("x" * 65))

    with pytest.raises(CertificateWrong, match="1 to 64 characters"):
        identifier_in(made)


def test_a_certificate_is_good_to_its_last_second() -> None:
    made = _of(a_device("device-1", ends=_NOW))

    assert not has_expired(made, _NOW)
    assert has_expired(made, _NOW + timedelta(seconds=1))
