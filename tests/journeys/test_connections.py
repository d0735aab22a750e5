"""What a refusal leaves of the connection it came on."""

from pathlib import Path

from tests.server import a_server

_TOO_LARGE = b" " * (9 * 1024 * 1024)  # for a JSON body
_PART = bytes(256 * 1024)


def test_a_client_can_go_on_after_each_refusal_of_a_body_not_read(tmp_path: Path) -> None:
    with a_server(tmp_path) as server, server.client() as client:
        refused: set[int] = set()
        for _ in range(100):
            refused.add(client.put("/content/disk/key/parts/1", content=_PART).status_code)
            refused.add(client.put("/content/nowhere", content=_PART).status_code)
            assert client.get("/healthz").status_code == 200
        refused.add(client.post("/binaries", content=_TOO_LARGE).status_code)
        assert client.get("/healthz").status_code == 200

    assert refused == {403, 404, 413}
