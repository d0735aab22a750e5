"""Refusals on the way of a bundle to the devices that should run it."""

from sealift.domain.errors.kinds import Invalid


class ChannelBroken(Invalid):
    """The releases of a cohort would no longer lead to one latest release."""

    code = "channel.broken"
