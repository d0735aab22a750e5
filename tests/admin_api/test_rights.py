"""Who may do what, asked of every route that the served document names."""

from sealift.domain.rights import Role
from tests.admin_api.routes import all_that_is_seen, leaves_first, routes, stocked
from tests.admin_api.tenant import Tenant
from tests.yard import CONTENT

FORBIDDEN = {"status": "forbidden"}


def test_a_key_that_may_read_sees_everything_and_changes_nothing(tenant: Tenant) -> None:
    prns = stocked(tenant)
    reader = tenant.key_for(Role.READ)
    before = all_that_is_seen(tenant)

    for route in routes(tenant.api):
        answer = route.send(reader, prns)

        if route.changes:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN), str(route)
        else:
            assert answer.status_code == 200, (str(route), answer.text)
    assert all_that_is_seen(tenant) == before


def test_a_key_that_may_read_may_download(tenant: Tenant) -> None:
    prns, reader = stocked(tenant), tenant.key_for(Role.READ)

    link = reader.get(f"/binaries/{prns['binary']}/download_url").json()["download_url"]

    assert tenant.anybody.get(link).content == CONTENT


def test_a_key_that_may_write_is_refused_nowhere(tenant: Tenant) -> None:
    prns, writer = stocked(tenant), tenant.key_for(Role.WRITE)

    for route in leaves_first(routes(tenant.api)):
        answer = route.send(writer, prns)

        assert answer.status_code not in {403, 404, 405}, (str(route), answer.text)
        assert answer.status_code < 500, (str(route), answer.text)


def test_a_key_of_an_admin_is_refused_nowhere(tenant: Tenant) -> None:
    prns = stocked(tenant)

    for route in leaves_first(routes(tenant.api)):
        answer = route.send(tenant.api, prns)

        assert answer.status_code not in {403, 404, 405}, (str(route), answer.text)


def test_a_reader_is_told_what_is_not_there_like_everybody(tenant: Tenant) -> None:
    reader = tenant.key_for(Role.READ)

    assert reader.get("/artifacts/nothing").status_code == 404
    assert reader.delete("/artifacts/nothing").status_code in {403, 404}
