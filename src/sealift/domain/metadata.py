"""Custom metadata: JSON of the user's, for the device agent. Sealift never looks inside."""

import json
from typing import Final, NewType

JsonText = NewType("JsonText", str)  # compact JSON; parsed, it can take 25 times as much room

LARGEST: Final = 1_000_000  # bytes of compact UTF-8 JSON


def compact(value: object) -> JsonText:
    """The one form in which metadata is measured and kept.

    Refuses (ValueError) what JSON has no word for, such as NaN.
    """
    return JsonText(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
