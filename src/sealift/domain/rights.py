"""Who may do what: one table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealift.domain.errors import Forbidden


class Role(StrEnum):
    ADMIN = "admin"  # everything
    WRITE = "write"  # everything a build server or a release manager does
    READ = "read"  # looks, downloads, changes nothing


class Right(StrEnum):
    READ = "read"
    DOWNLOAD = "binary.download"
    WRITE = "write"


RIGHTS: Final = {
    Role.READ: frozenset({Right.READ, Right.DOWNLOAD}),
    Role.WRITE: frozenset({Right.READ, Right.DOWNLOAD, Right.WRITE}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. `name` is a resource name, or `system:<job>` for the server itself."""

    organization_id: str
    name: str
    role: Role
    user_id: str | None = None

    def needs(self, right: Right) -> None:
        if right not in RIGHTS[self.role]:
            raise Forbidden(f"the role {self.role} does not include {right}", right=right)
