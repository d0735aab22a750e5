"""Organizations do not see each other: tried with every route that the served document names."""

from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from typing import Any

from tests.admin_api.routes import Route, all_that_is_seen, kind_of, routes, stocked
from tests.admin_api.tenant import Tenant, organization_prn
from tests.yard import PUBLIC_KEY, a_key, a_version, brought_to, signature_of


def _theirs(tenant: Tenant) -> Tenant:
    """The same two organizations, seen from the other one."""
    return replace(tenant, api=tenant.other, other=tenant.api)


def _named(routes_found: list[Route]) -> list[Route]:
    return [route for route in routes_found if route.kinds]


def test_nothing_of_another_organization_is_found_by_any_route(tenant: Tenant) -> None:
    prns, own = stocked(tenant), stocked(_theirs(tenant))
    before = all_that_is_seen(tenant)
    found = _named(routes(tenant.api))
    assert len(found) >= 15

    for route in found:
        foreign_path = {**own, **{kind: prns[kind] for kind in route.kinds}}
        answer = route.send(tenant.other, foreign_path)

        assert answer.status_code == 404, (str(route), answer.text)
        assert answer.json()["code"] == "not_found"
    assert all_that_is_seen(tenant) == before


def test_an_id_of_another_organization_is_not_found_under_the_own_name(tenant: Tenant) -> None:
    theirs = organization_prn(tenant.other)
    prns = stocked(tenant)
    disguised = {k: prn.replace(tenant.organization_prn, theirs) for k, prn in prns.items()}
    before = all_that_is_seen(tenant)

    for route in _named(routes(tenant.api)):
        answer = route.send(tenant.other, disguised)

        assert answer.status_code == 404, (str(route), answer.text)
    assert all_that_is_seen(tenant) == before


def test_no_body_may_refer_to_another_organization(tenant: Tenant) -> None:
    prns, own = stocked(tenant), stocked(_theirs(tenant))
    before, own_before = all_that_is_seen(tenant), all_that_is_seen(_theirs(tenant))
    tried = [(route, field) for route in routes(tenant.api) for field in route.referring_fields]
    assert len(tried) >= 4

    for route, field in tried:
        foreign = prns[kind_of(field)]
        disguised = foreign.replace(tenant.organization_prn, organization_prn(tenant.other))
        for wrong in (foreign, disguised):
            answer = route.send(tenant.other, own, **{field: wrong})

            assert answer.status_code == 422, (str(route), field, answer.text)
            assert answer.json()["errors"] == {field: ["does not exist"]}
    assert all_that_is_seen(tenant) == before
    assert all_that_is_seen(_theirs(tenant)) == own_before


def test_a_key_of_another_organization_signs_nothing_by_its_keyid(tenant: Tenant) -> None:
    a_key(tenant.api)
    binary = brought_to(_theirs(tenant), "signable", a_version(tenant.other))
    body = {
        "binary_prn": binary["prn"],
        "signing_key_keyid": sha256(b64decode(PUBLIC_KEY)).hexdigest(),
        "signature": signature_of(binary),
    }

    foreign = tenant.other.post("/binary_signatures", json=body)
    a_key(tenant.other)
    own = tenant.other.post("/binary_signatures", json=body)

    assert foreign.status_code == 422
    assert foreign.json()["errors"] == {"signing_key_keyid": ["does not exist"]}
    assert own.status_code == 201


def test_lists_and_searches_show_only_what_is_their_own(tenant: Tenant) -> None:
    prns = stocked(tenant)
    lists = [route for route in routes(tenant.api) if "search" in _parameters(route)]
    # Both have events, of their own; what is listed below one resource is not found without it.
    lists = [route for route in lists if route.path != "/events" and not route.kinds]
    assert {route.path for route in lists} >= {"/artifacts", "/binaries", "/signing_keys"}

    for route in lists:
        plural = route.path.removeprefix("/")
        kinds = [kind for kind in prns if f"{kind}s" == plural or f"{kind[:-1]}ies" == plural]
        searches = [f"prn:'{prns[kind]}'" for kind in kinds]
        searches += [f"organization_prn:'{tenant.organization_prn}'"]
        searches += ["inserted_at>'2000-01-01T00:00:00Z'"]
        assert len(searches) == 3
        for query in ({}, {"order": "asc"}, *({"search": each} for each in searches)):
            seen = tenant.api.get(route.path, params=query).json()[plural]
            assert prns[kinds[0]] in [each["prn"] for each in seen]
            found = tenant.other.get(route.path, params=query)
            assert found.json() == {plural: [], "next_page": None}, (route.path, query)


def test_references_of_another_organization_match_nothing_in_a_search(tenant: Tenant) -> None:
    prns, own = stocked(tenant), stocked(_theirs(tenant))
    keys = {
        "/artifact_versions": ["artifact"],
        "/binaries": ["artifact_version"],
        "/binary_signatures": ["binary", "signing_key"],
        "/bundle_overrides": ["bundle"],
        "/bundle_signatures": ["bundle", "signing_key"],
        "/cohorts": ["product"],
        "/device_certificates": ["device", "product"],
        "/devices": ["cohort", "product"],
        "/releases": ["cohort"],
    }

    for path, kinds in keys.items():
        for kind in kinds:
            asked = {"search": f"{kind}_prn:'{prns[kind]}'"}
            assert tenant.other.get(path, params=asked).json()[path[1:]] == []
            asked = {"search": f"{kind}_prn:'{own[kind]}'"}
            assert tenant.other.get(path, params=asked).json()[path[1:]] != []


def test_what_is_taken_in_one_organization_is_free_in_another(tenant: Tenant) -> None:
    assert stocked(tenant).keys() == stocked(_theirs(tenant)).keys()

    keys = [api.get("/signing_keys").json()["signing_keys"] for api in (tenant.api, tenant.other)]

    assert [found[0]["value"] for found in keys] == [PUBLIC_KEY, PUBLIC_KEY]
    assert keys[0][0]["prn"] != keys[1][0]["prn"]


def test_the_two_organizations_are_not_told_of_each_other(tenant: Tenant) -> None:
    stocked(tenant)
    stocked(_theirs(tenant))

    assert organization_prn(tenant.other) not in str(all_that_is_seen(tenant))
    assert tenant.organization_prn not in str(all_that_is_seen(_theirs(tenant)))


def _parameters(route: Route) -> list[str]:
    parameters: list[Any] = route.operation.get("parameters", [])
    return [each["name"] for each in parameters]
