"""The way to a bucket: an address, and clients that neither hang nor ask for too much.

Credentials are looked for when a client is first needed, and again until there are some. So a
server starts without them, and goes on when they turn up.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from boto3.session import Session
from botocore.config import Config

from sealift.content import s3_mark
from sealift.content.s3_refusals import NO_CREDENTIALS, translated
from sealift.content.s3_silence import Silence
from sealift.domain.errors import ContentUnavailable

if TYPE_CHECKING:  # types are installed for those who check them
    from types_boto3_s3 import S3Client

_one_at_a_time: Final = Lock()  # clients may be shared by threads, making them may not
_CONNECTIONS: Final = 64  # kept open by one client; as many as there are threads that may ask


@dataclass(frozen=True, slots=True)
class S3Address:
    bucket: str
    endpoint_url: str | None = None  # none: Amazon's of the region
    region: str = "us-east-1"
    access_key_id: str | None = None  # none: what boto3 finds by itself, as on Amazon's machines
    secret_access_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer is waited for, in seconds, and how often it is asked for."""

    connect: float = 3
    read: float = 5
    # Joining takes its time where the store copies, and a second request while it is at it
    # would be told that there is no such upload.
    join: float = 300
    attempts: int = 2


@cache
def _session() -> Session:
    """What S3 is, read once: it takes longer than anything else here."""
    return Session()


class S3Connection:
    """`mark` makes the text that the bucket has to have; none: nobody looks whose it is."""

    def __init__(
        self, address: S3Address, patience: Patience, mark: Callable[[], str] | None = None
    ) -> None:
        self._address = address
        self._mark = mark
        self._is_ours = mark is None
        self._patience = patience
        self._silence = Silence()
        self._clients: tuple[S3Client, S3Client] | None = None

    @property
    def client(self) -> "S3Client":
        client = self._connected()[0]
        if not self._is_ours and self._mark is not None:
            with translated(self._address.bucket):
                s3_mark.must_be(client, self._address.bucket, self._mark())
            self._is_ours = True
        return client

    def claim(self) -> None:
        """Make the bucket ours, if it is nobody's yet."""
        if self._mark is not None:
            with translated(self._address.bucket):
                s3_mark.claim(self._connected()[0], self._address.bucket, self._mark())

    @property
    def joining(self) -> "S3Client":
        """For the one request that must not be repeated unseen."""
        return self._connected()[1]

    def _connected(self) -> "tuple[S3Client, S3Client]":
        with _one_at_a_time, translated(self._address.bucket):
            if self._clients is None:
                if self._address.access_key_id is None and _session().get_credentials() is None:
                    raise ContentUnavailable(NO_CREDENTIALS)
                patience = self._patience
                quick = self._made(patience.read, patience.attempts)
                self._clients = (quick, self._made(patience.join, 1))
            return self._clients

    def _made(self, read_timeout: float, attempts: int) -> "S3Client":
        address = self._address
        config = Config(
            signature_version="s3v4",
            # A host name for each bucket needs a domain that is set up for it.
            s3={"addressing_style": "path" if address.endpoint_url else "auto"},
            # Not every store knows the checksums that boto3 would add and look for.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=self._patience.connect,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=_CONNECTIONS,
            tcp_keepalive=True,
            # What another program was told by AWS_ENDPOINT_URL is no place for our content.
            ignore_configured_endpoint_urls=True,  # pyright: ignore[reportCallIssue] - types are older
        )
        client = _session().client(
            "s3",
            endpoint_url=address.endpoint_url,
            region_name=address.region,
            aws_access_key_id=address.access_key_id,
            aws_secret_access_key=address.secret_access_key,
            config=config,
        )
        self._silence.listen(client)
        return client
