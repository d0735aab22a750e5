from collections.abc import Iterator

import pytest

from sealift.domain import errors
from sealift.domain.errors import Refusal, RequestInvalid, WrongState

# Scripts out there compare these: a code is never changed and never used again.
_CODES = {
    "Refusal": "refused",
    # kinds
    "Malformed": "request.malformed",
    "Invalid": "request.invalid",
    "Unauthenticated": "key.unknown",
    "Forbidden": "rights.missing",
    "NotFound": "not_found",
    "Conflict": "conflict",
    "TooLarge": "request.too_large",
    "TooMany": "request.too_many",
    "Unavailable": "unavailable",
    # leaves
    "ApiVersionUnsupported": "api_version.unsupported",
    "BodyIncomplete": "request.incomplete",
    "CertificateUnknown": "certificate.unknown",
    "BundleUnservable": "bundle.unservable",
    "CertificateWrong": "certificate.wrong",
    "Changed": "changed",
    "ChannelBroken": "channel.broken",
    "ChannelHeld": "channel.held",
    "ClosingAlready": "binary.closing",
    "ContentFull": "content.full",
    "ContentMissing": "content.missing",
    "ContentUnavailable": "content.unavailable",
    "DeviceArchived": "device.archived",
    "Frozen": "field.frozen",
    "InUse": "in_use",
    "KeyMalformed": "signing_key.malformed",
    "LinkDead": "link.dead",
    "LinkForbidden": "link.forbidden",
    "NotDownloadable": "binary.not_downloadable",
    "NotReady": "bundle.not_ready",
    "NotYours": "binary.not_yours",
    "PageMalformed": "page.malformed",
    "PartBusy": "part.busy",
    "PartChecksumWrong": "part.checksum",
    "PartHeadersMissing": "part.headers",
    "PartInvalid": "part.invalid",
    "PartSizeWrong": "part.size",
    "PartsIncomplete": "parts.incomplete",
    "PhaseWrong": "phase.wrong",
    "ProductArchived": "product.archived",
    "ProductOther": "product.other",
    "RangeUnsatisfiable": "range.unsatisfiable",
    "RecordsUnavailable": "records.unavailable",
    "ReferenceUnknown": "reference.unknown",
    "SearchMalformed": "search.malformed",
    "SenderSilent": "request.silent",
    "SignatureWrong": "signature.wrong",
    "Taken": "taken",
    "VersionMalformed": "version.malformed",
    "WrongState": "binary.wrong_state",
}
# Says the same as its kind, for several fields.
_SAME_AS_ITS_KIND = {"RequestInvalid"}

_KINDS = [
    errors.Malformed,
    errors.Invalid,
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NotFound,
    errors.Conflict,
    errors.TooLarge,
    errors.TooMany,
    errors.Unavailable,
]


def _all(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all(child)


_REFUSALS = [each for each in _all() if each.__module__.startswith(errors.__name__)]


def test_codes_are_what_they_always_were() -> None:
    codes = {
        each.__name__: each.code for each in _REFUSALS if each.__name__ not in _SAME_AS_ITS_KIND
    }

    assert codes == _CODES


def test_no_code_is_shared() -> None:
    assert len(set(_CODES.values())) == len(_CODES)


def test_every_refusal_has_a_code_of_its_own() -> None:
    silent = {each.__name__ for each in _REFUSALS if "code" not in vars(each)}

    assert silent == _SAME_AS_ITS_KIND


@pytest.mark.parametrize(
    "refusal", [each for each in _REFUSALS if each is not Refusal], ids=lambda each: each.__name__
)
def test_every_refusal_is_of_one_kind(refusal: type[Refusal]) -> None:
    kinds = [kind for kind in _KINDS if issubclass(refusal, kind)]

    # 416 has a wire form of its own.
    assert len(kinds) == (0 if refusal is errors.RangeUnsatisfiable else 1)


def test_a_refusal_blames_its_field() -> None:
    refusal = WrongState("cannot go on", field="state", state="signed")

    assert refusal.errors == {"state": ["cannot go on"]}
    assert refusal.facts == {"state": "signed"}
    assert str(refusal) == "cannot go on"


def test_a_refusal_without_a_field_blames_none() -> None:
    assert Refusal("not now").errors == {}


def test_a_form_is_refused_for_all_its_fields_at_once() -> None:
    refusal = RequestInvalid({"name": ["is required"], "size": ["is odd", "is small"]})

    assert refusal.errors == {"name": ["is required"], "size": ["is odd", "is small"]}
    assert refusal.message == "name is required; size is odd, is small"
