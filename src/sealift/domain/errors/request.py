"""Refusals of requests that make no sense to anybody."""

from collections.abc import Mapping, Sequence

from sealift.domain.errors.kinds import Invalid, Malformed


class RequestInvalid(Invalid):
    """The same for several fields at once, as a form is answered."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(f"{name} {', '.join(texts)}" for name, texts in errors.items()))
        self._errors = {name: list(texts) for name, texts in errors.items()}

    @property
    def errors(self) -> dict[str, list[str]]:
        return self._errors


class SenderSilent(Malformed):
    """The body stopped coming before its end."""

    code = "request.silent"


class BodyIncomplete(Malformed):
    """The connection ended before the body did, or the body's chunks cannot be read."""

    code = "request.incomplete"


class ApiVersionUnsupported(Malformed):
    """`x-api-version` asks for another version than 2."""

    code = "api_version.unsupported"


class SearchMalformed(Invalid):
    """The search cannot be understood; the text says from where on."""

    code = "search.malformed"


class PageMalformed(Invalid):
    """`page` is no cursor of this list, or is continued in another order."""

    code = "page.malformed"
