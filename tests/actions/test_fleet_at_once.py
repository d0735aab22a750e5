"""What is promised of the fleet holds when several do something about it at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from httpx2 import Response

from tests.certificates import a_ca, issue
from tests.certificates import a_device as a_certificate
from tests.yard import Yard, a_device, a_product, proof_for

ROUNDS = 8


def _at_once(asks: Sequence[Callable[[], Response]]) -> list[int]:
    """The statuses, in the order of the requests."""
    together = Barrier(len(asks))

    def ask(one: Callable[[], Response]) -> int:
        together.wait()
        return one().status_code

    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(ask, asks))


def test_a_product_is_archived_or_gets_a_device_but_never_both(yard: Yard) -> None:
    for number in range(ROUNDS):
        product = a_product(yard.api, f"product {number}")
        body = {"product_prn": product, "identifier": f"gw-{number}"}

        statuses = _at_once(
            [
                lambda product=product: yard.api.patch(
                    f"/products/{product}", json={"archived": True}
                ),
                lambda body=body: yard.api.post("/devices", json=body),
            ]
        )

        assert statuses in ([200, 422], [409, 201])


def test_a_code_is_used_once_by_whoever_is_first(yard: Yard) -> None:
    for number in range(ROUNDS):
        cas = [a_ca(f"{number} {which}") for which in ("a", "b", "c")]
        code = proof_for(yard.api, cas[0]).name
        bodies = [
            {
                "certificate": ca.as_sent,
                "verification_certificate": issue(code, by=ca).as_sent,
            }
            for ca in cas
        ]

        statuses = _at_once(
            [lambda body=body: yard.api.post("/ca_certificates", json=body) for body in bodies]
        )

        assert sorted(statuses) == [201, 422, 422]


def test_a_certificate_is_registered_for_one_device_by_whoever_is_first(yard: Yard) -> None:
    ours = a_device(yard.api, a_product(yard.api))
    theirs = a_device(yard.other, a_product(yard.other))

    for _ in range(ROUNDS):
        sent = a_certificate("gw-0001").as_sent
        asked = [(yard.api, ours), (yard.other, theirs)]

        statuses = _at_once(
            [
                lambda api=api, device=device, sent=sent: api.post(
                    "/device_certificates", json={"device_prn": device["prn"], "certificate": sent}
                )
                for api, device in asked
            ]
        )

        assert sorted(statuses) == [201, 422]


def test_a_device_is_deleted_with_every_certificate_that_it_was_given(yard: Yard) -> None:
    product = a_product(yard.api)

    for number in range(ROUNDS):
        device = a_device(yard.api, product, f"gw-{number}")
        body = {"device_prn": device["prn"], "certificate": a_certificate(f"gw-{number}").as_sent}

        deleted, given = _at_once(
            [
                lambda device=device: yard.api.delete(f"/devices/{device['prn']}"),
                lambda body=body: yard.api.post("/device_certificates", json=body),
            ]
        )

        assert (deleted, given in {201, 422}) == (204, True)
    assert yard.api.get("/device_certificates").json()["device_certificates"] == []
