"""Refusals that concern devices, and who they say they are."""

from sealift.domain.errors.kinds import Invalid


class CertificateWrong(Invalid):
    """The certificate cannot be read, or cannot be used for what it was given for."""

    code = "certificate.wrong"
