"""Resource names and ids of one's own: what parses, what is refused, and where."""

from uuid import uuid4

import pytest

from tests.admin_api.tenant import Tenant, organization_prn
from tests.yard import a_key, a_version

ID = "0f3b8f6e-6c1d-4f0a-9d5b-2a6f4f1c7e90"
MALFORMED = [
    "nothing",
    "prn",
    "prn:1",
    "prn:2:{organization}:artifact:{id}",
    "PRN:1:{organization}:artifact:{id}",
    "prn:1:{organization}:artifact",
    "prn:1:{organization}:artifact:",
    "prn:1:{organization}:artifact:{id}:",
    "prn:1:{organization}:artifact:{id}\n",
    " prn:1:{organization}:artifact:{id}",
    "prn:1:{organization}:artifacts:{id}",
    "prn:1:{organization}:artifact:{ID}",
    "prn:1:{organization}:artifact:{hex}",
    "prn:1:{organization}",
    "prn:1:user:{id}",
    "prn:1:artifact:{id}",
    "{id}",
    "prn:1:{organization}:artifact:{id}' or '1'='1",
    "prn:1:{organization}:artifact:../{id}",
    "prn:1:{organization}:artifact:\N{ARABIC-INDIC DIGIT ONE}",
]


def _spelled(tenant: Tenant, template: str, row_id: str) -> str:
    organization = tenant.organization_prn.removeprefix("prn:1:")
    named = {"id": row_id, "ID": row_id.upper(), "hex": row_id.replace("-", "")}
    return template.format(organization=organization, **named)


def _artifact(tenant: Tenant, **fields: object) -> str:
    answer = tenant.api.post("/artifacts", json={"name": f"artifact {uuid4()}", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["artifact"]["prn"]


def _wrong_names(tenant: Tenant) -> list[str]:
    """Names that are no artifact's of this organization, though each is close to one."""
    prn = _artifact(tenant)
    row_id = prn.rpartition(":")[2]
    foreign = tenant.other.post("/artifacts", json={"name": "theirs"}).json()["artifact"]["prn"]
    others_id = foreign.replace(organization_prn(tenant.other), tenant.organization_prn)
    own_id_elsewhere = prn.replace(tenant.organization_prn, organization_prn(tenant.other))
    return [
        *(_spelled(tenant, template, row_id) for template in MALFORMED),
        foreign,
        others_id,
        own_id_elsewhere,
        prn.replace(":artifact:", ":binary:"),
        prn.replace(":artifact:", ":artifact_version:"),
        prn.replace(row_id, str(uuid4())),
        a_key(tenant.api),
    ]


def test_a_name_that_is_no_artifact_of_ours_is_not_found_in_a_path(tenant: Tenant) -> None:
    for wrong in _wrong_names(tenant):
        address = "/artifacts/" + wrong.replace("\n", "%0A").replace("../", "..%2F")
        answers = [
            tenant.api.get(address),
            tenant.api.patch(address, json={"name": "changed"}),
            tenant.api.delete(address),
        ]

        assert [each.status_code for each in answers] == [404, 404, 404], wrong
        assert all(each.json()["code"] == "not_found" for each in answers)


def test_a_name_that_is_no_artifact_of_ours_is_the_fault_of_its_field(tenant: Tenant) -> None:
    for wrong in _wrong_names(tenant):
        body = {"artifact_prn": wrong, "version": "1"}
        answer = tenant.api.post("/artifact_versions", json=body)

        assert answer.status_code == 422, wrong
        assert list(answer.json()["errors"]) == ["artifact_prn"]
        assert answer.json()["code"] == "reference.unknown"


def test_a_malformed_name_in_a_body_is_invalid(tenant: Tenant) -> None:
    body = {"artifact_prn": "kernel", "version": "1"}

    problem = tenant.api.post("/artifact_versions", json=body).json()

    assert problem["errors"]["artifact_prn"][0].startswith("is invalid")


def test_a_name_that_is_no_artifact_of_ours_matches_nothing_in_a_search(tenant: Tenant) -> None:
    for wrong in _wrong_names(tenant):
        quoted = wrong.replace("\\", "\\\\").replace("'", "\\'")
        answer = tenant.api.get("/artifacts", params={"search": f"prn:'{quoted}'"})

        assert answer.status_code == 200, answer.text
        assert answer.json() == {"artifacts": [], "next_page": None}


def test_colons_of_a_name_may_be_percent_encoded(tenant: Tenant) -> None:
    prn = _artifact(tenant)

    for spelled in (prn, prn.replace(":", "%3A"), prn.replace(":", "%3a"), prn.replace("-", "%2D")):
        answer = tenant.api.get(f"/artifacts/{spelled}")

        assert answer.status_code == 200
        assert answer.json()["artifact"]["prn"] == prn


def test_a_custom_id_becomes_the_end_of_the_name(tenant: Tenant) -> None:
    row_id = str(uuid4())

    assert _artifact(tenant, id=row_id) == f"{tenant.organization_prn}:artifact:{row_id}"


def test_a_custom_id_in_capitals_is_taken_in_small_letters(tenant: Tenant) -> None:
    row_id = str(uuid4())

    assert _artifact(tenant, id=row_id.upper()).endswith(f":artifact:{row_id}")


def test_a_custom_id_of_a_version_and_of_a_binary_counts_too(tenant: Tenant) -> None:
    artifact = _artifact(tenant)
    version_id, binary_id = str(uuid4()), str(uuid4())
    version = {"artifact_prn": artifact, "version": "1", "id": version_id}
    version_prn = f"{tenant.organization_prn}:artifact_version:{version_id}"
    binary = {
        "artifact_version_prn": version_prn,
        "target": "t",
        "hash": "0" * 64,
        "size": 1,
        "id": binary_id,
    }

    made_version = tenant.api.post("/artifact_versions", json=version).json()["artifact_version"]
    made_binary = tenant.api.post("/binaries", json=binary).json()["binary"]

    assert made_version["prn"] == version_prn
    assert made_binary["prn"] == f"{tenant.organization_prn}:binary:{binary_id}"
    for path, body in (("/artifact_versions", version), ("/binaries", binary)):
        again = tenant.api.post(path, json={**body, "version": "2", "target": "u"})
        assert again.json()["errors"] == {"id": ["has already been taken"]}


@pytest.mark.parametrize("malformed", ["", "x", "0" * 32, f"{{{ID}}}", f"urn:uuid:{ID}", f"{ID}\n"])
def test_a_malformed_custom_id_is_invalid(tenant: Tenant, malformed: str) -> None:
    answer = tenant.api.post("/artifacts", json={"name": "kernel", "id": malformed})

    assert (answer.status_code, answer.json()["errors"]) == (422, {"id": ["is invalid"]})
    assert tenant.api.get("/artifacts").json()["artifacts"] == []


def test_a_custom_id_is_taken_on_the_whole_platform(tenant: Tenant) -> None:
    row_id = str(uuid4())
    _artifact(tenant, id=row_id)

    again = tenant.api.post("/artifacts", json={"name": "another", "id": row_id})
    elsewhere = tenant.other.post("/artifacts", json={"name": "another", "id": row_id})

    taken = {"id": ["has already been taken"]}
    assert (again.status_code, again.json()["errors"]) == (422, taken)
    assert (elsewhere.status_code, elsewhere.json()["errors"]) == (422, taken)


def test_resources_of_different_types_may_share_an_id(tenant: Tenant) -> None:
    row_id = str(uuid4())
    body = {"artifact_prn": _artifact(tenant, id=row_id), "version": "1", "id": row_id}

    assert tenant.api.post("/artifact_versions", json=body).status_code == 201


def test_signing_keys_have_no_custom_ids(tenant: Tenant) -> None:
    row_id = str(uuid4())
    value = "DIU8Zhf20Gr4n6vzDxCG2eupglynQ1Q6j19UKA4Mf88="

    body = {"name": "key", "value": value, "id": row_id}
    made = tenant.api.post("/signing_keys", json=body).json()["signing_key"]

    assert row_id not in made["prn"]


def test_a_name_survives_being_used_as_it_was_given(tenant: Tenant) -> None:
    version = a_version(tenant.api)

    found = tenant.api.get("/artifact_versions", params={"search": f"prn:'{version}'"}).json()

    assert [each["prn"] for each in found["artifact_versions"]] == [version]
