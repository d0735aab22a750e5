"""Refusals on the way of a bundle to the devices that should run it."""

from sealift.domain.errors.kinds import Invalid


class NotReady(Invalid):
    """A binary cannot enter a bundle in the state that it is in."""

    code = "bundle.not_ready"


class BundleUnservable(Invalid):
    """The bundle has a binary that is not signed, so no device is given it."""

    code = "bundle.unservable"


class ChannelBroken(Invalid):
    """The releases of a cohort would no longer lead to one latest release."""

    code = "channel.broken"


class ChannelHeld(Invalid):
    """Only the latest release may wait for a date or be phased, and none may follow it then."""

    code = "channel.held"


class PhaseWrong(Invalid):
    """The phase is neither a share of the cohort nor a number of devices, or names no tag."""

    code = "phase.wrong"


class VersionMalformed(Invalid):
    """The text is no version, or no requirement on versions."""

    code = "version.malformed"
