"""Bundles: which binaries get in, in which order, with which metadata, and what stays."""

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from sealift.actions import bundles
from sealift.actions.bundles import WholeBundle
from sealift.domain.bundle import LARGEST, MOST_BINARIES
from sealift.domain.errors import NotReady
from sealift.domain.rights import Actor, Role
from tests.admin_api.tenant import Tenant
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_bundle,
    a_cohort,
    a_device,
    a_key,
    a_product,
    a_release,
    a_version,
    an_override,
    brought_to,
    patch,
    sign,
)

# Published with the resource model, for the content of the tests and an empty one behind it.
OF_CONTENT = "08022dc34d2bf61f309a1bcc09c9cb93cac82dc6fd12edb12d4834ee738d6c03"
OF_CONTENT_AND_NOTHING = "7b915054500b30908d2b28cf198a5dc6d8d86a845bf25bf192e2fddbf446275b"


def _signed(yard: Yard, how_many: int = 1) -> list[dict[str, Any]]:
    """Binaries of one version, each with the bytes of its target."""
    version = a_version(yard.api, f"artifact {uuid4()}")
    targets = [f"target {number}" for number in range(how_many)]
    return [brought_to(yard, "signed", version, each.encode(), target=each) for each in targets]


def _create(yard: Yard, *elements: dict[str, Any], **fields: object) -> Response:
    return yard.api.post("/bundles", json={"binaries": list(elements), **fields})


def _members(bundle: dict[str, Any]) -> list[str]:
    return [element["prn"] for element in bundle["binaries"]]


def test_a_bundle_is_created_read_and_listed(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)

    answer = _create(tenant, {"prn": binary["prn"]}, name="spring")

    assert answer.status_code == 201
    assert list(answer.json()) == ["bundle"]
    made = answer.json()["bundle"]
    assert made == {
        "prn": made["prn"],
        "organization_prn": tenant.organization_prn,
        "inserted_at": made["inserted_at"],
        "updated_at": made["inserted_at"],
        "name": "spring",
        "hash": sha256(binary["hash"].encode()).hexdigest(),
        "binaries": [{"prn": binary["prn"], "custom_metadata": None}],
    }
    assert made["prn"].startswith(f"{tenant.organization_prn}:bundle:")
    assert tenant.api.get(f"/bundles/{made['prn']}").json() == {"bundle": made}
    assert tenant.api.get("/bundles").json() == {"bundles": [made], "next_page": None}


def test_the_hash_is_that_of_the_published_vectors(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    content = brought_to(tenant, "signed", version, CONTENT)
    nothing = brought_to(tenant, "signed", version, b"", target="empty")

    bundles = [a_bundle(tenant.api, content), a_bundle(tenant.api, content, nothing)]
    turned = a_bundle(tenant.api, nothing, content)

    assert [each["hash"] for each in bundles] == [OF_CONTENT, OF_CONTENT_AND_NOTHING]
    assert turned["hash"] not in {OF_CONTENT, OF_CONTENT_AND_NOTHING}


def test_the_order_is_that_of_the_request(tenant: Tenant) -> None:
    binaries = _signed(tenant, 4)
    wanted = [binaries[place] for place in (2, 0, 3, 1)]

    made = a_bundle(tenant.api, *wanted)

    assert _members(made) == [each["prn"] for each in wanted]
    seen = tenant.api.get(f"/bundles/{made['prn']}").json()["bundle"]
    assert _members(seen) == _members(made)
    assert made["hash"] == sha256("".join(each["hash"] for each in wanted).encode()).hexdigest()


def test_equal_bundles_are_two_bundles(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)

    first, second = a_bundle(tenant.api, binary), a_bundle(tenant.api, binary)

    assert first["prn"] != second["prn"]
    assert first["hash"] == second["hash"]


def test_a_bundle_can_bring_its_id(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    own = str(uuid4())

    made = a_bundle(tenant.api, binary, id=own.upper())
    again = _create(tenant, {"prn": binary["prn"]}, id=own)
    malformed = _create(tenant, {"prn": binary["prn"]}, id="mine")

    assert made["prn"] == f"{tenant.organization_prn}:bundle:{own}"
    assert (again.status_code, again.json()["errors"]) == (422, {"id": ["has already been taken"]})
    assert (malformed.status_code, malformed.json()["errors"]) == (422, {"id": ["is invalid"]})


# --- who gets in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["uploadable", "hashable", "hashing", "signable", "destroyed"])
def test_only_a_signed_binary_enters_a_bundle(tenant: Tenant, state: str) -> None:
    signed, other = _signed(tenant)[0], brought_to(tenant, state, a_version(tenant.api))

    refused = _create(tenant, {"prn": signed["prn"]}, {"prn": other["prn"]})

    assert refused.status_code == 422
    text = f"must be signed to enter a bundle, but {other['prn']} is {state}"
    assert refused.json()["errors"] == {"binaries": [text]}
    assert refused.json()["code"] == "bundle.not_ready"
    assert refused.json()["facts"] == {"binary_prns": [other["prn"]]}
    assert tenant.api.get("/bundles").json()["bundles"] == []


def test_a_bundle_stays_as_it_is_when_one_of_its_binaries_is_destroyed(tenant: Tenant) -> None:
    binaries = _signed(tenant, 2)
    made = a_bundle(tenant.api, *binaries)

    patch(tenant.api, binaries[0], state="destroyed")

    assert tenant.api.get(f"/bundles/{made['prn']}").json()["bundle"] == made


def test_an_operator_may_let_binaries_enter_before_they_are_signed(tenant: Tenant) -> None:
    version, states = a_version(tenant.api), ["uploadable", "hashable", "hashing", "signable"]
    binaries = [brought_to(tenant, each, version, target=each) for each in states]
    destroyed = brought_to(tenant, "destroyed", version, target="destroyed")
    system = replace(tenant.system, unsigned_in_bundles=True)
    actor = Actor(tenant.organization_prn.removeprefix("prn:1:"), "system:test", Role.WRITE)

    def create(*prns: str) -> WholeBundle:
        elements = [{"prn": prn, "custom_metadata": None} for prn in prns]
        return bundles.create(system, actor, elements, {"name": None})

    made = create(*(each["prn"] for each in binaries))
    with pytest.raises(NotReady) as refused:
        create(binaries[0]["prn"], destroyed["prn"])

    assert [each.binary_id for each in made.members] == [each["prn"][-36:] for each in binaries]
    text = f"must not be destroyed, but {destroyed['prn']} is destroyed"
    assert refused.value.errors == {"binaries": [text]}


def test_devices_wait_until_all_of_a_bundle_is_signed(tenant: Tenant) -> None:
    binary = brought_to(tenant, "signable", a_version(tenant.api))
    system = replace(tenant.system, unsigned_in_bundles=True)
    actor = Actor(tenant.organization_prn.removeprefix("prn:1:"), "system:test", Role.WRITE)
    elements = [{"prn": binary["prn"], "custom_metadata": None}]
    made = bundles.create(system, actor, elements, {"name": None}).bundle
    bundle = {"prn": f"{tenant.organization_prn}:bundle:{made.id}"}
    product = a_product(tenant.api)
    cohort = a_cohort(tenant.api, product)
    a_release(tenant.api, cohort, bundle, version="1.0.0", version_requirement="< 1.0.0")
    device = a_device(tenant.api, product, cohort_prn=cohort)

    def status() -> str:
        asked = {"release_version": "0.0.0"}
        return tenant.api.post(f"/devices/{device['prn']}/update", json=asked).json()["status"]

    before = status()
    sign(tenant.api, binary, a_key(tenant.api))

    assert (before, status()) == ("no_update", "update")


def test_content_in_a_bundle_is_not_exchanged_for_other_content(tenant: Tenant) -> None:
    binary = a_binary(tenant.api, a_version(tenant.api))
    system = replace(tenant.system, unsigned_in_bundles=True)
    actor = Actor(tenant.organization_prn.removeprefix("prn:1:"), "system:test", Role.WRITE)
    bundles.create(system, actor, [{"prn": binary["prn"], "custom_metadata": None}], {"name": None})

    refused = patch(tenant.api, binary, hash="0" * 64)
    allowed = patch(tenant.api, binary, description="other words")

    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["hash"])
    assert refused.json()["code"] == "field.frozen"
    assert allowed.status_code == 200


def test_a_bundle_needs_a_binary(tenant: Tenant) -> None:
    wrong: list[object] = [[], None, "text", [None], [{}]]
    for binaries in wrong:
        refused = tenant.api.post("/bundles", json={"binaries": binaries})

        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["binaries"])
    assert tenant.api.post("/bundles", json={}).json()["errors"] == {"binaries": ["is required"]}


def test_a_bundle_has_each_binary_once(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)

    refused = _create(tenant, {"prn": binary["prn"]}, {"prn": binary["prn"]})

    text = f"must have each binary once, not twice {binary['prn']}"
    assert (refused.status_code, refused.json()["errors"]) == (422, {"binaries": [text]})


def test_a_bundle_may_have_a_version_for_two_targets(tenant: Tenant) -> None:
    binaries = _signed(tenant, 2)

    made = a_bundle(tenant.api, *binaries)

    assert binaries[0]["artifact_version_prn"] == binaries[1]["artifact_version_prn"]
    assert len(made["binaries"]) == 2


def test_what_is_no_binary_of_the_organization_is_told(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    theirs = replace(tenant, api=tenant.other, other=tenant.api)
    (foreign,) = _signed(theirs)
    nobody = f"{tenant.organization_prn}:binary:{uuid4()}"
    disguised = nobody.rpartition(":")[0] + ":" + foreign["prn"].rpartition(":")[2]
    texts = {
        "nothing": "is invalid: not the PRN of a binary",
        binary["artifact_version_prn"]: "is invalid: not the PRN of a binary",
        nobody: f"does not exist: {nobody}",
        foreign["prn"]: f"does not exist: {foreign['prn']}",
        disguised: f"does not exist: {disguised}",
    }

    for prn, text in texts.items():
        refused = _create(tenant, {"prn": binary["prn"]}, {"prn": prn})

        assert (refused.status_code, refused.json()["errors"]) == (422, {"binaries": [text]})
        assert refused.json()["code"] == "reference.unknown"
    assert tenant.api.get("/bundles").json()["bundles"] == []


# --- metadata ------------------------------------------------------------------------------------


def _with_metadata_everywhere(tenant: Tenant) -> tuple[dict[str, Any], dict[str, str]]:
    """A signed binary, and the addresses of what it inherits from, nearest first."""
    (binary,) = _signed(tenant)
    version = binary["artifact_version_prn"]
    shown = tenant.api.get(f"/artifact_versions/{version}").json()["artifact_version"]
    addresses = {
        "binary": f"/binaries/{binary['prn']}",
        "version": f"/artifact_versions/{version}",
        "artifact": f"/artifacts/{shown['artifact_prn']}",
    }
    for level, address in addresses.items():
        tenant.api.patch(address, json={"custom_metadata": {"level": level, level: 1}})
    return binary, addresses


def _metadata_of_a_new_one(tenant: Tenant, binary: dict[str, Any], **element: object) -> object:
    made = _create(tenant, {"prn": binary["prn"], **element}).json()["bundle"]
    return made["binaries"][0]["custom_metadata"]


def test_metadata_is_that_of_the_nearest_level_and_whole(tenant: Tenant) -> None:
    binary, addresses = _with_metadata_everywhere(tenant)
    own = {"own": [1, {"deep": None}]}
    assert _metadata_of_a_new_one(tenant, binary, custom_metadata=own) == own

    for level, address in addresses.items():
        assert _metadata_of_a_new_one(tenant, binary) == {"level": level, level: 1}
        assert _metadata_of_a_new_one(tenant, binary, custom_metadata=None)["level"] == level  # pyright: ignore[reportIndexIssue]
        tenant.api.patch(address, json={"custom_metadata": None})

    assert _metadata_of_a_new_one(tenant, binary) is None


def test_empty_metadata_is_metadata(tenant: Tenant) -> None:
    binary, addresses = _with_metadata_everywhere(tenant)

    assert _metadata_of_a_new_one(tenant, binary, custom_metadata={}) == {}
    tenant.api.patch(addresses["binary"], json={"custom_metadata": {}})
    assert _metadata_of_a_new_one(tenant, binary) == {}


def test_metadata_is_taken_once(tenant: Tenant) -> None:
    binary, addresses = _with_metadata_everywhere(tenant)
    made = a_bundle(tenant.api, binary)

    for address in addresses.values():
        tenant.api.patch(address, json={"custom_metadata": {"level": "later"}})

    assert tenant.api.get(f"/bundles/{made['prn']}").json()["bundle"] == made
    assert made["binaries"][0]["custom_metadata"]["level"] == "binary"


def test_a_bundle_has_limits(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    element = {"prn": binary["prn"]}
    large = {"text": "x" * 999_000}

    many = _create(tenant, *[element] * (MOST_BINARIES + 1))
    deep = _create(tenant, {**element, "custom_metadata": {"text": "x" * 1_000_000}})
    named = _create(tenant, element, name="x" * 257)
    binaries = _signed(tenant, 11)
    for each in binaries:
        patch(tenant.api, each, custom_metadata=large)
    heavy = _create(tenant, *({"prn": each["prn"]} for each in binaries))

    refused = {"many": many, "deep": deep, "named": named, "heavy": heavy}
    assert {name: each.status_code for name, each in refused.items()} == dict.fromkeys(refused, 422)
    assert [list(each.json()["errors"]) for each in refused.values()] == [
        ["binaries"], ["binaries"], ["name"], ["binaries"],
    ]  # fmt: skip
    assert str(LARGEST) in heavy.json()["errors"]["binaries"][0]
    assert _create(tenant, *({"prn": each["prn"]} for each in binaries[:3])).status_code == 201


def test_a_page_holds_fewer_bundles_when_they_are_large(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    element = {"prn": binary["prn"], "custom_metadata": {"text": "x" * 400_000}}
    made = [_create(tenant, element).json()["bundle"]["prn"] for _ in range(5)]

    seen: list[list[str]] = []
    page: str | None = None
    while page is not None or not seen:
        query = {"order": "asc", **({"page": page} if page else {})}
        answer = tenant.api.get("/bundles", params=query).json()
        seen.append([each["prn"] for each in answer["bundles"]])
        page = answer["next_page"]

    assert seen == [made[:2], made[2:4], made[4:]]


# --- afterwards ----------------------------------------------------------------------------------


def test_only_the_name_changes(tenant: Tenant) -> None:
    binaries = _signed(tenant, 2)
    made = a_bundle(tenant.api, binaries[0], name="spring")

    body = {"name": "autumn", "binaries": [{"prn": binaries[1]["prn"]}], "hash": "0" * 64}
    renamed = tenant.api.patch(f"/bundles/{made['prn']}", json=body).json()["bundle"]
    unnamed = tenant.api.patch(f"/bundles/{made['prn']}", json={"name": None}).json()["bundle"]
    same = tenant.api.patch(f"/bundles/{made['prn']}", json={}).json()["bundle"]

    assert renamed == {**made, "name": "autumn", "updated_at": renamed["updated_at"]}
    assert unnamed == {**made, "name": None, "updated_at": unnamed["updated_at"]}
    assert same == unnamed


def test_names_are_searched_and_need_not_be_unique(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    for name in ("Spring 1", "spring 2", "spring 2", None):
        a_bundle(tenant.api, binary, name=name)

    def found(search: str) -> int:
        answer = tenant.api.get("/bundles", params={"search": search})
        return len(answer.json()["bundles"])

    assert [found("name:'spring 2'"), found("name~'spring'"), found("name-'SPRING'")] == [2, 2, 3]


def test_a_bundle_goes_unless_something_gives_it_to_devices(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    released, overriding, free = (a_bundle(tenant.api, binary) for _ in range(3))
    cohort = a_cohort(tenant.api, a_product(tenant.api))
    release = a_release(tenant.api, cohort, released)
    override = an_override(tenant.api, overriding, ends_at="2025-02-01T00:00:00Z")

    def delete(bundle: dict[str, Any]) -> tuple[int, list[str]]:
        answer = tenant.api.delete(f"/bundles/{bundle['prn']}")
        return answer.status_code, list(answer.json()["errors"]) if answer.content else []

    assert delete(free) == (204, [])
    assert delete(free)[0] == 404
    assert delete(released) == (409, ["releases"])
    assert delete(overriding) == (409, ["bundle_overrides"])
    tenant.api.delete(f"/releases/{release['prn']}")
    tenant.api.delete(f"/bundle_overrides/{override['prn']}")
    assert [delete(released), delete(overriding)] == [(204, []), (204, [])]
    archived = tenant.api.get("/releases", params={"search": "deleted_at>'2000-01-01T00:00:00Z'"})
    assert archived.json()["releases"][0]["bundle_prn"] == released["prn"]


def test_a_binary_in_a_bundle_is_not_deleted(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    bundle = a_bundle(tenant.api, binary)
    address = f"/binaries/{binary['prn']}"

    blocked = tenant.api.delete(address)
    destroyed = patch(tenant.api, binary, state="destroyed")
    still = tenant.api.delete(address)
    tenant.api.delete(f"/bundles/{bundle['prn']}")

    assert (blocked.status_code, list(blocked.json()["errors"])) == (409, ["bundles"])
    assert destroyed.status_code == 200
    assert still.status_code == 409
    assert tenant.api.delete(address).status_code == 204


def test_what_happens_to_a_bundle_is_told(tenant: Tenant) -> None:
    (binary,) = _signed(tenant)
    bundle = a_bundle(tenant.api, binary)
    tenant.api.patch(f"/bundles/{bundle['prn']}", json={"name": "autumn"})
    tenant.api.delete(f"/bundles/{bundle['prn']}")

    query = {"resource_prn": bundle["prn"], "order": "asc"}
    events = tenant.api.get("/events", params=query).json()["events"]

    assert [each["event_subtype"] for each in events] == ["created", "changed", "deleted"]
