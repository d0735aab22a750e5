"""What an S3 store says no with, in our own words.

Only `NoSuchKey` and `NoSuchUpload` mean that content is not there. A bucket that is not there
says nothing about content, and neither do a clock, a key or a network that is wrong: then the
store is unavailable, and the sentence tells its operator what to look at. No sentence has a
secret, an address or a text of the store in it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - of boto3, which is no OSError
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    SSLError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from sealift.domain.errors import ContentFull, ContentMissing, ContentUnavailable, Refusal

NO_CREDENTIALS: Final = "no credentials for the store are set or found; ask its operator"
# What an answer ends with that does not come, comes in part, or is none of S3's.
BROKEN: Final = (
    ConnectionError,
    HTTPClientError,
    HTTPError,
    IncompleteReadError,
    OSError,
    ResponseParserError,
)

_MISSING: Final = {"NoSuchKey", "NoSuchUpload"}
_FULL: Final = {
    "InsufficientStorage",
    "QuotaExceeded",
    "XMinioAdminBucketQuotaExceeded",
    "XMinioStorageFull",
}
_FULL_STATUS: Final = 507
_SENTENCES: Final = {
    "AccessDenied": "the access key of the store has no right to {operation}",
    "AccountProblem": "the account of the store is locked",
    "AuthorizationHeaderMalformed": "the store is in another region than its settings say",
    "ExpiredToken": "the credentials for the store have expired",
    "InvalidAccessKeyId": "the store does not know the access key id",
    "InvalidToken": "the credentials for the store are not valid",
    "NoSuchBucket": "the store has no bucket {bucket}",
    "PermanentRedirect": "the store is in another region than its settings say",
    "RequestTimeTooSkewed": "the clock of this machine is too far from that of the store",
    "SignatureDoesNotMatch": "the store does not accept the secret access key",
    "SlowDown": "the store is too busy to {operation}",
    "TokenRefreshRequired": "the credentials for the store have expired",
    "403": "the store refuses its access key, or the key has no right to {operation}",
}
_OTHERWISE: Final = "the store answers {operation} with {code}"
_WITHOUT: Final = (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError)


@contextmanager
def translated(bucket: str) -> Generator[None]:
    try:
        yield
    except ClientError as error:
        raise refusal(error, bucket) from error
    except _WITHOUT as error:
        raise ContentUnavailable(NO_CREDENTIALS) from error
    except SSLError as error:
        message = "TLS with the store fails; look at its certificate, name its CA in AWS_CA_BUNDLE"
        raise ContentUnavailable(message) from error
    except BROKEN as error:
        message = "the store cannot be reached or does not answer in time; wait and repeat"
        raise ContentUnavailable(message) from error
    except BotoCoreError as error:
        message = f"the store cannot be asked with these settings: {type(error).__name__}"
        raise ContentUnavailable(f"{message}; ask its operator") from error


def code_of(error: ClientError) -> str:
    """What S3 calls it; of answers without a body it is the status."""
    return error.response.get("Error", {}).get("Code", "")


def refusal(error: ClientError, bucket: str) -> Refusal:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in _MISSING:
        return ContentMissing("no such content is stored")
    if code in _FULL or status == _FULL_STATUS:
        return ContentFull("the store is full; free some room and repeat")
    sentence = _SENTENCES.get(code, _OTHERWISE)
    said = sentence.format(operation=error.operation_name, code=code, bucket=bucket)
    return ContentUnavailable(f"{said}; ask its operator")
