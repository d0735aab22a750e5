from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.domain.names import Kind, Name, is_id, parse

_ID = "3f0c5b1e-9a51-4c7d-8e2b-0123456789ab"
_ORGANIZATION = "00000000-0000-4000-8000-000000000001"
_INSIDE = [kind for kind in Kind if kind not in {Kind.ORGANIZATION, Kind.USER}]


def _name(kind: Kind, organization: UUID, identifier: UUID) -> Name:
    if kind is Kind.ORGANIZATION:
        return Name(str(identifier), kind, str(identifier))
    return Name("" if kind is Kind.USER else str(organization), kind, str(identifier))


_NAMES = st.builds(_name, st.sampled_from(Kind), st.uuids(), st.uuids())


@given(name=_NAMES)
def test_every_name_parses_back_to_itself(name: Name) -> None:
    assert parse(str(name)) == name


@given(text=st.text())
def test_what_parses_prints_back_to_the_same_text(text: str) -> None:
    name = parse(text)

    assert name is None or str(name) == text


@given(name=_NAMES, at=st.integers(0, 200), inserted=st.characters())
def test_a_name_with_anything_inserted_is_no_name_or_another_one(
    name: Name, at: int, inserted: str
) -> None:
    text = str(name)

    found = parse(text[:at] + inserted + text[at:])

    assert found != name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"prn:1:{_ORGANIZATION}", Name(_ORGANIZATION, Kind.ORGANIZATION, _ORGANIZATION)),
        (f"prn:1:user:{_ID}", Name("", Kind.USER, _ID)),
        (f"prn:1:{_ORGANIZATION}:binary:{_ID}", Name(_ORGANIZATION, Kind.BINARY, _ID)),
    ],
)
def test_the_three_forms_of_a_name(text: str, name: Name) -> None:
    assert parse(text) == name
    assert str(name) == text


def test_the_words_for_kinds_never_change() -> None:
    assert sorted(Kind) == [
        "api_key",
        "artifact",
        "artifact_version",
        "binary",
        "binary_part",
        "binary_signature",
        "bundle",
        "bundle_override",
        "bundle_signature",
        "ca_certificate",
        "cohort",
        "device",
        "device_certificate",
        "event",
        "organization",
        "product",
        "release",
        "signing_key",
        "user",
    ]


@pytest.mark.parametrize("kind", _INSIDE)
def test_what_lives_in_an_organization_is_not_named_without_one(kind: Kind) -> None:
    assert parse(f"prn:1:{kind}:{_ID}") is None


@pytest.mark.parametrize("kind", [Kind.ORGANIZATION, Kind.USER])
def test_organizations_and_users_do_not_live_in_an_organization(kind: Kind) -> None:
    assert parse(f"prn:1:{_ORGANIZATION}:{kind}:{_ID}") is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("prn", id="a word"),
        pytest.param(_ID, id="an id alone"),
        pytest.param(f"prn:2:{_ORGANIZATION}:binary:{_ID}", id="another version"),
        pytest.param(f"PRN:1:{_ORGANIZATION}:binary:{_ID}", id="an uppercase scheme"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binaries:{_ID}", id="a plural"),
        pytest.param(f"prn:1:{_ORGANIZATION}:Binary:{_ID}", id="an uppercase kind"),
        pytest.param(f"prn:1:{_ORGANIZATION}:tunnel:{_ID}", id="a kind that is not built"),
        pytest.param(f"prn:1:{_ORGANIZATION}::{_ID}", id="no kind"),
        pytest.param(f"prn:1::binary:{_ID}", id="no organization"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:", id="no id"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary", id="no id and no colon"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{_ID}:", id="a colon too many"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{_ID.upper()}", id="an uppercase id"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{_ID[:-1]}", id="a short id"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{_ID}0", id="a long id"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{_ID.replace('-', '')}", id="no hyphens"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{{{_ID}}}", id="braces"),
        pytest.param(f" prn:1:{_ORGANIZATION}:binary:{_ID}", id="a space before"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{_ID}\n", id="a line end"),
        pytest.param(f"prn:1:{_ORGANIZATION}:binary:{_ID}\0", id="NUL"),
        pytest.param("prn:1:user:", id="a user without id"),
        pytest.param(f"prn%3A1%3A{_ORGANIZATION}", id="still encoded"),
        pytest.param(
            "prn:1:" + "\N{ARABIC-INDIC DIGIT ZERO}" * 8 + _ID[8:], id="digits of another script"
        ),
    ],
)
def test_anything_else_is_no_name(text: str) -> None:
    assert parse(text) is None


@given(identifier=st.uuids())
def test_ids_are_lowercase_uuids(identifier: UUID) -> None:
    text = str(identifier)

    assert is_id(text)
    assert not is_id(text.replace("-", ""))
    assert not is_id(text + "\n")
    assert not is_id(f"{{{text}}}")
    assert is_id(text.upper()) == (text == text.upper())
