"""The door for devices of a whole server: by its own authority, and behind nginx as it is shipped.

Everything is as an operator does it: `sealift serve`, CAs over the Admin API, certificates that
`sealift x509` could have made, real handshakes.
"""

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
import pytest

from tests.certificates import SERVER, Issued, a_ca, a_device, issue, used_by
from tests.nginx import Nginx, an_nginx
from tests.server import Server, ServerFailed, a_server

_WITHIN: Final = 1.0  # seconds until what is changed counts
_LONG: Final = 10.0
_ME: Final = "/device/me"


@dataclass(frozen=True)
class Fleet:
    """What devices come to, and where it is told about them."""

    server: Server
    admin: httpx.Client
    url: str
    authority: Path  # whom devices trust
    folder: Path

    def device(self, device: Issued | None, sent_along: Issued | None = None) -> httpx.Client:
        """Of `sent_along` the certificate is shown too, as that of an intermediate."""
        context = ssl.create_default_context(cafile=self.authority)
        if device is not None:
            certificate, key = device.written(self.folder, "client")
            if sent_along is not None:
                certificate.write_text(device.pem + sent_along.pem)
            context.load_cert_chain(certificate, key)
        return httpx.Client(base_url=self.url, verify=context, timeout=10)

    def status(self, device: Issued | None, sent_along: Issued | None = None) -> int:
        """0: no handshake."""
        with self.device(device, sent_along) as client:
            try:
                return client.get(_ME).status_code
            except httpx.TransportError:
                return 0

    def made(self, path: str, name: str, body: Mapping[str, object]) -> str:
        """The PRN of what is made."""
        answer = self.admin.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()[name]["prn"]

    def product(self, name: str) -> str:
        return self.made("/products", "product", {"name": name})

    def of_another_organization(self, name: str) -> "Fleet":
        """The same server, as another organization sees it."""
        command = [sys.executable, "-m", "sealift.main", "admin"]
        command += ["--data-dir", str(self.server.data_dir)]
        organization, key = ["organizations", "create", name], ["api-keys", "create", "a key"]
        subprocess.run([*command, *organization], stdout=subprocess.DEVNULL, check=True)
        key += ["--organization", name]
        made = subprocess.run([*command, *key], stdout=subprocess.PIPE, check=True)
        headers = {"authorization": f"Bearer {json.loads(made.stdout)['key']}"}
        return replace(self, admin=httpx.Client(base_url=self.server.base_url, headers=headers))

    def register(self, ca: Issued, product: str | None = None) -> str:
        """With the proof of possession; with a product unknown devices are taken in."""
        code = self.admin.post("/ca_certificates/verification_codes").json()["verification_code"]
        jitp = {"product_prn": product, "tags": ["new"], "description": "taken in"}
        body = {
            "certificate": ca.as_sent,
            "verification_certificate": issue(code, by=ca).as_sent,
            "jitp": jitp if product is not None else None,
        }
        return self.made("/ca_certificates", "ca_certificate", body)


def _seconds_until(is_so: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < _LONG
        time.sleep(0.02)
    return time.monotonic() - begun


def _fastest(once: Callable[[], float]) -> float:
    """Of three tries at most: a second is promised, but not by a machine that is busy."""
    took = [once()]
    while min(took) >= _WITHIN and len(took) < 3:
        took.append(once())
    return min(took)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    with a_server(folder / "data", for_devices=True) as server, server.client() as admin:
        assert server.device_url is not None
        yield Fleet(server, admin, server.device_url, server.device_authority, folder)


def test_a_new_ca_opens_the_door_within_a_second_and_without_a_restart(fleet: Fleet) -> None:
    product = fleet.product("gateway")

    def opened() -> float:
        ca = a_ca("A CA that is new")
        device = a_device(f"taken-in-{ca.fingerprint[:8]}", ca)
        assert fleet.status(device) == 0
        fleet.register(ca, product)
        took = _seconds_until(lambda: fleet.status(device) == 200)
        with fleet.device(device) as client:
            me = client.get(_ME).json()["data"]
        assert (me["identifier"], me["quarantined"]) == (device.name, False)
        return took

    assert _fastest(opened) < _WITHIN


def test_a_device_that_stands_alone_comes_in_until_its_certificate_is_removed(
    fleet: Fleet,
) -> None:
    body = {"identifier": "alone", "product_prn": fleet.product("alone")}
    device = fleet.made("/devices", "device", body)

    def shut() -> float:
        alone = issue("alone")
        assert fleet.status(alone) == 0
        given = {"device_prn": device, "certificate": alone.as_sent}
        certificate = fleet.made("/device_certificates", "device_certificate", given)
        came = _seconds_until(lambda: fleet.status(alone) == 200)
        with fleet.device(alone) as kept_alive:
            kept_alive.get(_ME).raise_for_status()
            assert fleet.admin.delete(f"/device_certificates/{certificate}").status_code == 204
            went = _seconds_until(lambda: kept_alive.get(_ME).status_code == 403)
            _seconds_until(lambda: fleet.status(alone) == 0)
        return max(came, went)

    assert _fastest(shut) < _WITHIN


def test_whatever_nobody_vouches_for_gets_no_further_than_the_records(fleet: Fleet) -> None:
    ca = a_ca("A CA that is attacked")
    product, genuine = fleet.product("attacked"), a_device("genuine", ca)
    fleet.register(ca, product)
    _seconds_until(lambda: fleet.status(genuine) == 200)
    intermediate = issue("Intermediate", by=ca, is_ca=True)
    past = datetime(2021, 1, 1, tzinfo=UTC)

    statuses = {
        each.name: fleet.status(each, sent_along)
        for each, sent_along in (
            (issue("signed by itself"), None),
            (a_device("of another CA", a_ca("Nobody's CA")), None),
            (a_device("of a CA with the same name", a_ca("A CA that is attacked")), None),
            (issue("for servers", by=ca, further=[used_by(SERVER)]), None),
            (a_device("of a device", genuine), genuine),
            (a_device("expired", ca, ends=past), None),
            (a_device("of an intermediate", intermediate), intermediate),
            (issue("a CA itself", by=ca, is_ca=True), None),
        )
    }
    known = fleet.admin.get("/devices", params={"search": f"product_prn:'{product}'"}).json()

    assert statuses == {
        "signed by itself": 0,
        "of another CA": 0,
        "of a CA with the same name": 0,
        "for servers": 0,
        "of a device": 0,
        "expired": 403,
        "of an intermediate": 403,
        "a CA itself": 403,
    }
    assert [each["identifier"] for each in known["devices"]] == ["genuine"]


def test_a_device_that_is_known_outlives_its_certificate(fleet: Fleet) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    device = issue("outlives", ends=ends)
    body = {"identifier": "outlives", "product_prn": fleet.product("outlived")}
    prn = fleet.made("/devices", "device", body)
    given = {"device_prn": prn, "certificate": device.as_sent}
    fleet.made("/device_certificates", "device_certificate", given)
    _seconds_until(lambda: fleet.status(device) == 200)

    _seconds_until(lambda: datetime.now(UTC) > ends + timedelta(seconds=1))

    assert fleet.status(device) == 200


def test_a_device_that_is_archived_is_shut_out_on_lines_that_are_open(fleet: Fleet) -> None:
    ca = a_ca("A CA whose device is archived")
    device, product = a_device("archived", ca), fleet.product("archiving")
    fleet.register(ca, product)
    _seconds_until(lambda: fleet.status(device) == 200)
    found = fleet.admin.get("/devices", params={"search": f"product_prn:'{product}'"}).json()
    prn = found["devices"][0]["prn"]

    with fleet.device(device) as kept_alive:
        statuses = [kept_alive.get("/update").status_code]
        changed = fleet.admin.patch(f"/devices/{prn}", json={"archived": True})
        _seconds_until(lambda: kept_alive.get("/update").status_code == 403)
        statuses.append(kept_alive.get(_ME).status_code)

    assert changed.status_code == 200
    assert statuses == [200, 403]


def test_the_ca_of_one_organization_opens_no_device_of_another(fleet: Fleet) -> None:
    theirs = a_ca("The CA of others")
    product = fleet.product("ours")
    body = {"identifier": "wanted-by-two", "product_prn": product}
    ours = fleet.made("/devices", "device", body)
    others = fleet.of_another_organization("others")
    others.register(theirs, others.product("theirs"))

    _seconds_until(lambda: fleet.status(a_device("wanted-by-two", theirs)) == 200)
    made = others.admin.get("/devices").json()["devices"]
    untouched = fleet.admin.get(f"/devices/{ours}").json()["device"]

    assert [each["identifier"] for each in made] == ["wanted-by-two"]
    assert made[0]["prn"] != ours
    assert untouched["last_connected_at"] is None
    others.admin.close()


def test_who_shows_no_certificate_is_refused_in_words(fleet: Fleet) -> None:
    with fleet.device(None) as client:
        answers = [client.get(path) for path in (_ME, "/update")]

    assert [each.status_code for each in answers] == [403, 403]
    assert all(each.json() == {"status": "forbidden"} for each in answers)


def test_a_forged_header_opens_nothing(fleet: Fleet) -> None:
    ca = a_ca("A CA whose device is copied")
    device = a_device("copied", ca)
    fleet.register(ca, fleet.product("copied"))
    _seconds_until(lambda: fleet.status(device) == 200)

    with fleet.device(None) as client:
        forged = client.get(_ME, headers={"client-cert": quote(device.pem)})

    assert forged.status_code == 403


def test_a_door_with_a_key_that_is_not_its_own_is_not_opened(tmp_path: Path) -> None:
    certificate, _ = issue("door").written(tmp_path, "one")
    _, key = issue("door").written(tmp_path, "other")
    settings = {
        "SEALIFT_DEVICE_TLS__CERTIFICATE": str(certificate),
        "SEALIFT_DEVICE_TLS__KEY": str(key),
    }

    with pytest.raises(ServerFailed, match="is not that of the certificate"):  # noqa: SIM117
        with a_server(tmp_path / "data", for_devices=True, environment=settings):
            pass


# --- behind nginx --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, Nginx]]:
    """A server that believes nginx, which is on this machine."""
    folder = tmp_path_factory.mktemp("behind")
    settings = {
        "SEALIFT_PROXY__ADDRESSES": "127.0.0.1",
        "SEALIFT_DEVICE_PROXY__ADDRESSES": "127.0.0.1",
    }
    with a_server(folder / "data", for_devices=True, environment=settings) as server:
        assert server.device_url is not None
        ports = [int(url.rpartition(":")[2]) for url in (server.base_url, server.device_url)]
        (folder / "nginx").mkdir()
        with an_nginx(folder / "nginx", *ports) as nginx:
            authority = folder / "nginx-authority.pem"
            authority.write_text(nginx.authority.pem)
            trust = ssl.create_default_context(cafile=authority)
            headers = {"authorization": f"Bearer {server.key}"}
            with httpx.Client(base_url=nginx.url, headers=headers, verify=trust) as admin:
                yield Fleet(server, admin, nginx.device_url, authority, folder), nginx


def test_behind_nginx_devices_come_in_as_they_do_without(behind: tuple[Fleet, Nginx]) -> None:
    fleet, _ = behind
    ca, other = a_ca("A CA behind nginx"), a_ca("Nobody's CA")
    device = a_device("behind-nginx", ca)
    fleet.register(ca, fleet.product("gateway"))

    _seconds_until(lambda: fleet.status(device) == 200)

    assert fleet.status(a_device("behind-nginx", other)) == 403
    assert fleet.status(issue("behind-nginx")) == 403
    assert fleet.status(None) == 403


def test_a_forged_header_opens_nothing_behind_nginx(behind: tuple[Fleet, Nginx]) -> None:
    fleet, _ = behind
    ca = a_ca("A CA whose device is copied")
    device = a_device("copied", ca)
    fleet.register(ca, fleet.product("copied"))
    _seconds_until(lambda: fleet.status(device) == 200)
    forged = {"client-cert": quote(device.pem)}
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")

    with fleet.device(None) as through:
        alone = through.get(_ME, headers=forged)
    with fleet.device(a_device("another", a_ca())) as through:
        beside = through.get(_ME, headers=forged)
    with httpx.Client(base_url=str(fleet.server.device_url), transport=elsewhere) as past:
        passed_by = past.get(_ME, headers=forged)

    assert [each.status_code for each in (alone, beside, passed_by)] == [403, 403, 403]
