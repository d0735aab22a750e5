"""The Admin API as Python: one collection per noun, answers as the wire's own models.

    with Client("http://127.0.0.1:8000", api_key) as client:
        kernel = client.artifacts.create(NewArtifact(name="kernel"))
        for binary in client.binaries.all(search="state:'signed'"):
            print(binary.prn)

What the server refuses is raised as the refusal it is (`sealift.domain.errors`). A client
may be shared by threads.
"""

from functools import cached_property

from sealift.client.collections import Collection, shaped
from sealift.client.connection import Connection
from sealift.client.nouns import Binaries, Signatures
from sealift.wire.admin import (
    Artifact,
    ArtifactChanges,
    ArtifactVersion,
    ArtifactVersionChanges,
    Binary,
    BinarySignature,
    NewArtifact,
    NewArtifactVersion,
    NewBinarySignature,
    NewSigningKey,
    SigningKey,
    SigningKeyChanges,
    User,
)


class Client(Connection):
    """A connection that knows the nouns. `call` remains the way to what has no method here."""

    @cached_property
    def artifacts(self) -> Collection[Artifact, NewArtifact, ArtifactChanges]:
        return Collection(self, "artifact", "artifacts", Artifact)

    @cached_property
    def artifact_versions(
        self,
    ) -> Collection[ArtifactVersion, NewArtifactVersion, ArtifactVersionChanges]:
        return Collection(self, "artifact_version", "artifact_versions", ArtifactVersion)

    @cached_property
    def binaries(self) -> Binaries:
        return Binaries(self, "binary", "binaries", Binary)

    @cached_property
    def binary_signatures(self) -> Signatures[BinarySignature, NewBinarySignature]:
        return Signatures(self, "binary_signature", "binary_signatures", BinarySignature)

    @cached_property
    def signing_keys(self) -> Collection[SigningKey, NewSigningKey, SigningKeyChanges]:
        return Collection(self, "signing_key", "signing_keys", SigningKey)

    def me(self) -> User:
        return shaped(User, self.call("GET", "/users/me").get("data"))
