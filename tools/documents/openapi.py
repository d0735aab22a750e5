"""docs/openapi.json: the Admin API, so that a change of it can be seen in review."""

import json
from datetime import UTC, datetime

from sealift.actions.system import System
from sealift.admin_api.app import make
from sealift.content.keyring import Keyring
from sealift.content.links import Links
from sealift.content.store import Stores
from sealift.records.transaction import Records
from sealift.web.paging import Pages


def text() -> str:
    keyring = Keyring(dict)
    system = System(
        records=Records("sqlite:///never-opened.sqlite3"),
        stores=Stores("disk", {}),
        links=Links("", keyring),
        enqueue=lambda _duty, _binary_id, _attempt: None,
        now=lambda: datetime.now(UTC),
    )
    document = make(system, Pages(keyring)).openapi()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
