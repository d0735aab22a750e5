"""Refusals that concern devices, and who they say they are."""

from sealift.domain.errors.kinds import Forbidden, Invalid, Unauthenticated


class CertificateWrong(Invalid):
    """The certificate cannot be read, or cannot be used for what it was given for."""

    code = "certificate.wrong"


class CertificateUnknown(Unauthenticated):
    """No device is known by this certificate, and none is taken in with it."""

    code = "certificate.unknown"


class DeviceArchived(Forbidden):
    """The device is archived, and so is not let in."""

    code = "device.archived"


class ProductArchived(Invalid):
    """The product is archived, and so takes no devices."""

    code = "product.archived"


class ProductOther(Invalid):
    """The cohort is one of another product."""

    code = "product.other"
