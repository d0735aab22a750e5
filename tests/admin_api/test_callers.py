"""Who is asking: two words, one key, and for everybody else the same bare answer."""

from base64 import b64encode

from sealift.actions import accounts
from sealift.domain.rights import Role
from tests.admin_api.tenant import Tenant, as_caller, organization_prn

FORBIDDEN = {"status": "forbidden"}


def _key(tenant: Tenant) -> str:
    return tenant.api.headers["authorization"].partition(" ")[2]


def test_both_words_are_understood_in_any_case(tenant: Tenant) -> None:
    for word in ("Bearer", "Token", "bearer", "TOKEN", "bEaReR", "toKen"):
        answer = as_caller(tenant, f"{word} {_key(tenant)}").get("/users/me")

        assert answer.status_code == 200, word
        assert answer.json()["data"]["organization_prn"] == tenant.organization_prn


def test_spaces_around_a_key_do_not_count(tenant: Tenant) -> None:
    assert as_caller(tenant, f"Bearer   {_key(tenant)}  ").get("/users/me").status_code == 200


def test_without_a_key_everything_is_forbidden(tenant: Tenant) -> None:
    answer = tenant.anybody.get("/users/me")

    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
    assert "www-authenticate" not in answer.headers


def test_whatever_is_no_known_key_gets_the_same_bare_answer(tenant: Tenant) -> None:
    key = _key(tenant)
    basic = b64encode(f"admin:{key}".encode()).decode()
    wrong = [
        "", " ", "Bearer", "Bearer ", "Token  ", key, f"Basic {basic}", f"Bearer{key}",
        f"Bearer: {key}", f"Bearer\t{key}", f"Bearer {key}x", f"Bearer {key[:-1]}",
        f"Bearer {key.upper()}", f"Bearer {key} {key}", f"Bearer Token {key}", f"Api-Key {key}",
        "Bearer null", "Bearer ' or 1=1 --", "Bearer %00", "Bearer " + "x" * 60_000,
        b"Bearer \xff\xfe", b"\xff", "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}".encode(),
    ]  # fmt: skip

    for header in wrong:
        answer = as_caller(tenant, header).get("/artifacts")

        assert (answer.status_code, answer.json()) == (403, FORBIDDEN), header


def test_a_stranger_learns_nothing_by_what_is_asked(tenant: Tenant) -> None:
    prn = tenant.api.post("/artifacts", json={"name": "kernel"}).json()["artifact"]["prn"]
    stranger = as_caller(tenant, "Bearer unknown")
    json = {"content-type": "application/json"}
    answers = [
        stranger.get(f"/artifacts/{prn}"),
        stranger.get("/artifacts/nothing"),
        stranger.get("/artifacts?limit=x&page=y&search=z"),
        stranger.patch(f"/artifacts/{prn}", json={"name": 1}),
        stranger.delete(f"/artifacts/{prn}"),
        stranger.post("/artifacts", json={}),
        stranger.post("/artifacts", content=b"{", headers=json),
        stranger.post("/artifacts", content=b"[" * 100_000, headers=json),
        stranger.get("/users/me", headers={"x-api-version": "1"}),
    ]

    assert [(each.status_code, each.json()) for each in answers] == [(403, FORBIDDEN)] * 9


def test_a_revoked_key_opens_nothing_from_now(tenant: Tenant) -> None:
    made = accounts.create_api_key(tenant.system, tenant.organization, "admin", "ci", Role.READ)
    caller = as_caller(tenant, f"Bearer {made.key}")
    assert caller.get("/users/me").status_code == 200

    accounts.revoke_api_key(tenant.system, tenant.organization, "ci")

    assert caller.get("/users/me").json() == FORBIDDEN


def test_each_key_opens_its_own_organization(tenant: Tenant) -> None:
    assert organization_prn(tenant.api) != organization_prn(tenant.other)


def test_the_version_may_be_named_or_left_out(tenant: Tenant) -> None:
    named = tenant.api.get("/users/me", headers={"x-api-version": "2"})

    assert named.json() == tenant.api.get("/users/me").json()


def test_any_other_version_is_not_supported(tenant: Tenant) -> None:
    for version in ("1", "3", "", "2.0", "v2", "02", "2, 2", "two", "-2"):
        header = {"x-api-version": version}
        for answer in (
            tenant.api.get("/users/me", headers=header),
            tenant.api.post("/artifacts", json={"name": "x"}, headers=header),
        ):
            assert answer.status_code == 400, version
            assert answer.json()["errors"] == {"detail": "Unsupported API version"}
    assert tenant.api.get("/artifacts").json()["artifacts"] == []


def test_health_and_reference_need_no_key(tenant: Tenant) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert tenant.anybody.get(path).status_code == 200
