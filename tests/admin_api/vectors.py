"""Keys and signatures of others, for the content that all tests use."""

from typing import Any

from httpx2 import Response

from tests.yard import Yard

# Published with the platform whose clients we serve: for the content that all tests use.
THEIR_KEY = "DIU8Zhf20Gr4n6vzDxCG2eupglynQ1Q6j19UKA4Mf88="
THEIR_KEYID = "f29684f9defb0dd4e2823cba313eed2fb088c67a55f1ac39be71fddc6d0ccf93"
THEIR_SIGNATURE = (
    "EA9C0A0078B1DE6F814BCDADB0E5D91D9E6E58C5882DFE689F0518DB135E0966"
    "DF9F52D6162A13201CB733EDBFD2F0B384D67BDD8B058D9E9AA24DF632365905"
)
# The key of all tests has the seed 00…1f.
KEYID = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
OVER_TEXT = (
    "36c2528a789fabc1f75081a260a29d4a2ab2c15442572c7a16f0f90b102e8972"
    "e9e09ff394d513e90830ac73ad6183887db307323a3d7ec0f4e7a1d803bfc309"
)
OVER_RAW_DIGEST = (
    "76c297e0f212f91156a473a3db9ccbcd651a635809f7d3155657f5305393cbff"
    "c4ca01185ee8908270caf4fed402a536172fd6dd5b7fd0d1f01ca9cff64e230c"
)


def their_key(yard: Yard) -> str:
    answer = yard.api.post("/signing_keys", json={"name": "theirs", "value": THEIR_KEY})
    return answer.json()["signing_key"]["prn"]


def post(yard: Yard, binary: dict[str, Any], **fields: object) -> Response:
    return yard.api.post("/binary_signatures", json={"binary_prn": binary["prn"], **fields})
