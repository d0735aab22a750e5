"""The Admin API as Python: one collection per noun, answers as the wire's own models.

    with Client("http://127.0.0.1:8000", api_key) as client:
        kernel = client.artifacts.create(NewArtifact(name="kernel"))
        for binary in client.binaries.all(search="state:'signed'"):
            print(binary.prn)

What the server refuses is raised as the refusal it is (`sealift.domain.errors`). A client
may be shared by threads.
"""

from functools import cached_property

from sealift.client.collections import Collection, Fixed, Lasting, Listed, shaped
from sealift.client.connection import Connection
from sealift.client.nouns import (
    Binaries,
    BundleOverrides,
    Bundles,
    CaCertificates,
    Devices,
    Releases,
    Signatures,
)
from sealift.wire.admin import (
    Artifact,
    ArtifactChanges,
    ArtifactVersion,
    ArtifactVersionChanges,
    Binary,
    BinarySignature,
    Bundle,
    BundleOverride,
    BundleSignature,
    CaCertificate,
    Cohort,
    CohortChanges,
    Device,
    DeviceCertificate,
    Event,
    NewArtifact,
    NewArtifactVersion,
    NewBinarySignature,
    NewBundleSignature,
    NewCohort,
    NewDeviceCertificate,
    NewProduct,
    NewSigningKey,
    Product,
    ProductChanges,
    Release,
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

    @cached_property
    def products(self) -> Lasting[Product, NewProduct, ProductChanges]:
        return Lasting(self, "product", "products", Product)

    @cached_property
    def cohorts(self) -> Lasting[Cohort, NewCohort, CohortChanges]:
        return Lasting(self, "cohort", "cohorts", Cohort)

    @cached_property
    def devices(self) -> Devices:
        return Devices(self, "device", "devices", Device)

    @cached_property
    def device_certificates(self) -> Fixed[DeviceCertificate, NewDeviceCertificate]:
        return Fixed(self, "device_certificate", "device_certificates", DeviceCertificate)

    @cached_property
    def ca_certificates(self) -> CaCertificates:
        return CaCertificates(self, "ca_certificate", "ca_certificates", CaCertificate)

    @cached_property
    def bundles(self) -> Bundles:
        return Bundles(self, "bundle", "bundles", Bundle)

    @cached_property
    def bundle_signatures(self) -> Signatures[BundleSignature, NewBundleSignature]:
        return Signatures(self, "bundle_signature", "bundle_signatures", BundleSignature)

    @cached_property
    def bundle_overrides(self) -> BundleOverrides:
        return BundleOverrides(self, "bundle_override", "bundle_overrides", BundleOverride)

    @cached_property
    def releases(self) -> Releases:
        return Releases(self, "release", "releases", Release)

    @cached_property
    def events(self) -> Listed[Event]:
        return Listed(self, "event", "events", Event)

    def me(self) -> User:
        return shaped(User, self.call("GET", "/users/me").get("data"))
