"""Pages of a list: query parameters in, a cursor out.

A cursor names the last row of its page and keeps its order; it is signed, so that nobody
can make the database walk from where we never were. The search is not in it and has to be
sent again.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeAlias

from fastapi import Query

from sealift.content.keyring import Keyring
from sealift.domain.errors import PageMalformed, SearchMalformed
from sealift.domain.search import Key, parse_search
from sealift.records.pages import Listing, Page, Place

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST_SEARCH: Final = 10_000


_Limit: TypeAlias = Annotated[
    int, Query(ge=1, le=100, description="Rows per page; fewer come if metadata is large.")
]
_Order: TypeAlias = Annotated[
    Literal["asc", "desc"] | None,
    Query(description="By `inserted_at`; the newest first unless told otherwise."),
]
_Cursor: TypeAlias = Annotated[
    str | None, Query(description="`next_page` of the page before.", max_length=512)
]


class PageQuery:
    """The parameters that every list takes."""

    def __init__(
        self,
        limit: _Limit = 10,
        order: _Order = None,
        search: Annotated[
            str | None,
            Query(
                description="One to five clauses joined by ` and `, such as `name~'kernel'`.",
                max_length=_LONGEST_SEARCH,
            ),
        ] = None,
        page: _Cursor = None,
    ) -> None:
        self.limit = limit
        self.order = order
        self.search = search
        self.page = page


class PlainPageQuery(PageQuery):
    """Those of a list that cannot be searched."""

    def __init__(self, limit: _Limit = 10, order: _Order = None, page: _Cursor = None) -> None:
        super().__init__(limit, order, page=page)


class Pages:
    """Makes cursors of an organization's lists and reads them again."""

    def __init__(self, keyring: Keyring, organization_id: str = "") -> None:
        self._keyring = keyring
        self._organization_id = organization_id

    def of(self, organization_id: str) -> "Pages":
        """For the lists of this organization; cursors of others are as good as forged."""
        return Pages(self._keyring, organization_id)

    def listing(self, of: str, asked: PageQuery, keys: Mapping[str, Key]) -> Listing:
        if asked.search == "":
            raise SearchMalformed("must not be empty", field="search")
        clauses = parse_search(asked.search, keys) if asked.search is not None else []
        order, after = asked.order or "desc", None
        if asked.page is not None:
            order, after = self._read(of, asked.page)
            if asked.order not in (None, order):
                message = f"was made in {order} order and cannot be continued in another"
                raise PageMalformed(message, field="page")
        return Listing(clauses, order == "desc", asked.limit, after)

    def after(self, of: str, page: Page[Any], listing: Listing) -> str | None:
        """The cursor of the next page, if there is more."""
        if page.last is None:
            return None
        inserted_at, row_id = page.last
        order = "desc" if listing.descending else "asc"
        moment = (inserted_at - _EPOCH) // _MICROSECOND
        text = json.dumps([of, order, moment, row_id], separators=(",", ":"))
        payload = urlsafe_b64encode(text.encode()).decode()
        return ".".join([payload, *self._keyring.sign(self._message(payload))])

    def _read(self, of: str, cursor: str) -> tuple[str, Place]:
        payload, _, rest = cursor.partition(".")
        key_id, _, signature = rest.partition(".")
        # The spelling is signed, not its meaning: nothing unsigned is ever decoded.
        if not self._keyring.verifies(key_id, signature, self._message(payload)):
            raise PageMalformed("is invalid: pass next_page on as it is", field="page")
        made_for, order, moment, row_id = json.loads(urlsafe_b64decode(payload))
        if made_for != of:
            raise PageMalformed(f"is invalid: it continues {made_for}, not {of}", field="page")
        return order, (_EPOCH + timedelta(microseconds=moment), row_id)

    def _message(self, payload: str) -> str:
        return f"{self._organization_id}.{payload}"
