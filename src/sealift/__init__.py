"""Sealift keeps binaries and gets them to fleets of devices."""

__version__ = "0.1.0"
