"""All of it is there, but not for another organization, and for nobody without a key."""

from tests.actions.compared import agree
from tests.actions.expected import FORBIDDEN, UNKNOWN, Due
from tests.actions.supplies import digest
from tests.yard import Yard


def see_nothing(yard: Yard, their_binary: str) -> None:
    listed = yard.other.get("/binaries").json()["binaries"]

    assert [each["prn"] for each in listed] == [their_binary]


def see_nothing_else(yard: Yard) -> None:
    for noun in ("signing_keys", "binary_signatures"):
        assert yard.other.get(f"/{noun}").json()[noun] == []


def are_refused(yard: Yard, prn: str, key: str, attached: str, which: int) -> None:
    body = {"binary_prn": prn, "signing_key_prn": key, "signature": "0" * 128}
    part = {"expected_binary_size": 14, "hash": digest(b""), "size": 14}
    method, path, sent, refusal = [
        ("GET", f"/binaries/{prn}", None, UNKNOWN),
        ("PATCH", f"/binaries/{prn}", {"state": "destroyed"}, UNKNOWN),
        ("DELETE", f"/binaries/{prn}", None, UNKNOWN),
        ("GET", f"/binaries/{prn}/download_url", None, UNKNOWN),
        ("PUT", f"/binaries/{prn}/parts/1", part, UNKNOWN),
        ("POST", "/binary_signatures", body, Due(422, "binary_prn")),
        ("DELETE", f"/binary_signatures/{attached}", None, UNKNOWN),
        ("DELETE", f"/signing_keys/{key}", None, UNKNOWN),
    ][which]
    agree(yard.other.request(method, path, json=sent), refusal)
    agree(yard.anybody.request(method, path, json=sent), FORBIDDEN)
