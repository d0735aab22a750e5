"""Lists come in pages: every row once, in order, whatever is inserted meanwhile."""

import re
from base64 import b64encode
from collections.abc import Callable
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx2 import Response
from starlette.testclient import TestClient

from sealift.records.tables import artifacts
from tests.admin_api.tenant import Tenant
from tests.yard import a_binary, a_version, brought_to

_NUMBERS = count()


def _make(api: TestClient, number: int) -> list[str]:
    """The names of new artifacts, the oldest first."""
    names = [f"artifact {next(_NUMBERS)}" for _ in range(number)]
    for name in names:
        assert api.post("/artifacts", json={"name": name}).status_code == 201
    return names


def _walk(
    api: TestClient, between: Callable[[], object] = lambda: None, **query: str | int
) -> tuple[list[str], list[int]]:
    """The names on all pages, and how many each page had; `between` is called after each."""
    names: list[str] = []
    sizes: list[int] = []
    while True:
        answer = api.get("/artifacts", params=query)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        names += [each["name"] for each in found["artifacts"]]
        sizes.append(len(found["artifacts"]))
        if found["next_page"] is None:
            return names, sizes
        query["page"] = found["next_page"]
        between()


def _cursor(api: TestClient, **query: str | int) -> str:
    """The cursor of a first page that is not the last."""
    _make(api, 3)
    return api.get("/artifacts", params={"limit": 1, **query}).json()["next_page"]


def _is_refused_for(field: str, answer: Response) -> bool:
    return answer.status_code == 422 and list(answer.json()["errors"]) == [field]


def test_a_page_holds_no_more_metadata_than_one_row_may(tenant: Tenant) -> None:
    for name, size in [("a", 999_000), ("b", 400_000), ("c", 400_000), ("d", 400_000), ("e", 0)]:
        body = {"name": name, "custom_metadata": {"text": "x" * size} if size else None}
        assert tenant.api.post("/artifacts", json=body).status_code == 201

    names, sizes = _walk(tenant.api, limit=4, order="asc")

    assert names == ["a", "b", "c", "d", "e"]
    assert sizes == [1, 2, 2]


@pytest.mark.parametrize(
    ("number", "sizes"), [(0, [0]), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])]
)
def test_every_row_is_on_one_page_and_no_page_is_empty(
    tenant: Tenant, number: int, sizes: list[int]
) -> None:
    names = _make(tenant.api, number)

    newest_first = _walk(tenant.api, limit=3)
    oldest_first = _walk(tenant.api, limit=3, order="asc")

    assert newest_first == (names[::-1], sizes)
    assert oldest_first == (names, sizes)


def test_ten_rows_are_a_page_and_the_newest_come_first(tenant: Tenant) -> None:
    names = _make(tenant.api, 11)

    found = tenant.api.get("/artifacts").json()

    assert [each["name"] for each in found["artifacts"]] == names[:0:-1]
    assert found["next_page"] is not None
    assert tenant.api.get("/artifacts?order=desc").json()["artifacts"] == found["artifacts"]


def test_a_page_has_at_most_a_hundred_rows(tenant: Tenant) -> None:
    _make(tenant.api, 2)

    assert len(tenant.api.get("/artifacts?limit=1").json()["artifacts"]) == 1
    assert tenant.api.get("/artifacts?limit=100").status_code == 200
    for limit in ("0", "-1", "101", "1000000", "x", "", "1.5", "true", "\N{SUPERSCRIPT TWO}"):
        answer = tenant.api.get("/artifacts", params={"limit": limit})
        assert _is_refused_for("limit", answer), limit


def test_there_are_two_orders(tenant: Tenant) -> None:
    for order in ("ASC", "up", "", "inserted_at", "-inserted_at", "asc,desc"):
        answer = tenant.api.get("/artifacts", params={"order": order})
        assert _is_refused_for("order", answer), order


def test_rows_of_the_same_moment_are_neither_skipped_nor_repeated(tenant: Tenant) -> None:
    names = _make(tenant.api, 9)
    with tenant.system.records.write(tenant.organization_prn.removeprefix("prn:1:")) as tx:
        middle = tx.update(artifacts).where(artifacts.c.name.in_(names[2:8]))
        tx.connection.execute(middle.values(inserted_at=tenant.clock.moment))

    newest_first, _ = _walk(tenant.api, limit=2)
    oldest_first, _ = _walk(tenant.api, limit=2, order="asc")

    assert sorted(newest_first) == sorted(names)
    assert oldest_first == newest_first[::-1]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_what_is_inserted_while_paging_moves_nothing(tenant: Tenant, order: str) -> None:
    names = _make(tenant.api, 6)
    added: list[str] = []

    def add_one() -> None:
        if len(added) < 4:
            added.extend(_make(tenant.api, 1))

    found, _ = _walk(tenant.api, add_one, limit=2, order=order)

    assert found == (names + added if order == "asc" else names[::-1])


def test_what_is_deleted_while_paging_moves_nothing(tenant: Tenant) -> None:
    names = _make(tenant.api, 6)

    def delete_the_last_shown() -> None:
        gone = names[-2]
        search = {"search": f"name:'{gone}'"}
        for each in tenant.api.get("/artifacts", params=search).json()["artifacts"]:
            tenant.api.delete(f"/artifacts/{each['prn']}")

    found, _ = _walk(tenant.api, delete_the_last_shown, limit=2)

    assert found == names[::-1]


def test_a_change_of_a_record_does_not_move_it(tenant: Tenant) -> None:
    names = _make(tenant.api, 3)
    oldest = tenant.api.get("/artifacts?order=asc&limit=1").json()["artifacts"][0]

    tenant.api.patch(f"/artifacts/{oldest['prn']}", json={"description": "changed"})

    assert _walk(tenant.api, order="asc")[0] == names


def test_a_cursor_keeps_its_order(tenant: Tenant) -> None:
    names = _make(tenant.api, 3)
    cursor = tenant.api.get("/artifacts?limit=1&order=asc").json()["next_page"]

    following = tenant.api.get("/artifacts", params={"page": cursor}).json()["artifacts"]
    repeated = tenant.api.get("/artifacts", params={"page": cursor, "order": "asc"})
    turned = tenant.api.get("/artifacts", params={"page": cursor, "order": "desc"})

    assert [each["name"] for each in following] == names[1:]
    assert repeated.json()["artifacts"] == following
    assert _is_refused_for("page", turned)


def test_a_cursor_does_not_remember_the_search(tenant: Tenant) -> None:
    _make(tenant.api, 2)
    wanted = {"search": "name-'ARTIFACT'", "limit": 1}
    cursor = tenant.api.get("/artifacts", params=wanted).json()["next_page"]

    without = tenant.api.get("/artifacts", params={"page": cursor}).json()["artifacts"]
    other = tenant.api.get("/artifacts", params={"page": cursor, "search": "name:'x'"}).json()

    assert len(without) == 1
    assert other["artifacts"] == []


def test_the_size_of_pages_may_change_on_the_way(tenant: Tenant) -> None:
    names = _make(tenant.api, 5)
    cursor = tenant.api.get("/artifacts?limit=2").json()["next_page"]

    rest = tenant.api.get("/artifacts", params={"page": cursor, "limit": 100}).json()

    assert [each["name"] for each in rest["artifacts"]] == names[2::-1]
    assert rest["next_page"] is None


def test_a_cursor_of_another_list_is_refused(tenant: Tenant) -> None:
    cursor = _cursor(tenant.api)

    for path in ("/artifact_versions", "/binaries", "/binary_signatures", "/signing_keys"):
        assert _is_refused_for("page", tenant.api.get(path, params={"page": cursor}))


def test_a_cursor_of_another_organization_is_refused(tenant: Tenant) -> None:
    cursor = _cursor(tenant.other)

    assert _is_refused_for("page", tenant.api.get("/artifacts", params={"page": cursor}))


def test_an_altered_cursor_is_refused(tenant: Tenant) -> None:
    cursor = _cursor(tenant.api)
    changed = [
        cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        for place in range(0, len(cursor), 5)
    ]
    parts = cursor.split(".")
    rearranged = [parts[0], ".".join(parts[:2]), ".".join(parts[::-1]), parts[0] + ".."]
    padded = [cursor + "=", cursor + ".", " " + cursor, cursor + "\n", cursor * 2, cursor[:-1]]

    for altered in (*changed, *rearranged, *padded):
        assert _is_refused_for("page", tenant.api.get("/artifacts", params={"page": altered}))


GARBAGE = [
    "", "x", ".", "..", "...", "null", "1", "\x00", "\N{SNOWMAN}", "a" * 512, "a" * 513,
     "a" * 60_000, "W10=.00000000.AAAA", "' or 1=1 --", "=" * 20, "\N{FULLWIDTH DIGIT ONE}",
]  # fmt: skip


def test_a_cursor_that_was_never_ours_is_refused(tenant: Tenant) -> None:
    for garbage in GARBAGE:
        answer = tenant.api.get("/artifacts", params={"page": garbage})
        assert _is_refused_for("page", answer), garbage


def test_a_cursor_passes_through_an_address_as_it_is(tenant: Tenant) -> None:
    cursor = _cursor(tenant.api)

    assert re.fullmatch(r"[\w.=-]{1,512}", cursor, re.ASCII)
    assert tenant.api.get(f"/artifacts?page={cursor}").status_code == 200


def _three_of_each(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    _make(tenant.api, 2)
    artifact = tenant.api.get("/artifacts?limit=1").json()["artifacts"][0]["prn"]
    for number in range(2):
        body = {"artifact_prn": artifact, "version": str(number)}
        tenant.api.post("/artifact_versions", json=body)
        a_binary(tenant.api, version, target=f"t{number}")
    binary = brought_to(tenant, "signable", version, target="t2")
    for number in range(3):
        private = Ed25519PrivateKey.generate()
        value = b64encode(private.public_key().public_bytes_raw()).decode()
        key = tenant.api.post("/signing_keys", json={"name": str(number), "value": value}).json()
        signature = {
            "binary_prn": binary["prn"],
            "signing_key_prn": key["signing_key"]["prn"],
            "signature": private.sign(binary["hash"].encode()).hex(),
        }
        assert tenant.api.post("/binary_signatures", json=signature).status_code == 201


def test_every_list_is_paged_alike(tenant: Tenant) -> None:
    _three_of_each(tenant)

    for plural in ("artifacts", "artifact_versions", "binaries", "binary_signatures",
                   "signing_keys"):  # fmt: skip
        whole = tenant.api.get(f"/{plural}").json()
        first = tenant.api.get(f"/{plural}?limit=2").json()
        page = {"limit": 2, "page": first["next_page"]}
        second = tenant.api.get(f"/{plural}", params=page).json()

        assert len(whole[plural]) == 3
        assert first[plural] + second[plural] == whole[plural]
        assert (whole["next_page"], second["next_page"]) == (None, None)
        times = [each["inserted_at"] for each in whole[plural]]
        assert times == sorted(times, reverse=True)


def test_parameters_that_are_not_ours_are_ignored(tenant: Tenant) -> None:
    query = {"expand[]": "artifact", "offset": "5", "total": "true"}

    answer = tenant.api.get("/artifacts", params=query)

    assert answer.json() == {"artifacts": [], "next_page": None}
