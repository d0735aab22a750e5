import pytest

from sealift.domain.errors import Forbidden
from sealift.domain.rights import RIGHTS, Actor, Right, Role

_GRANTED = {
    (Role.READ, Right.READ),
    (Role.READ, Right.DOWNLOAD),
    (Role.WRITE, Right.READ),
    (Role.WRITE, Right.DOWNLOAD),
    (Role.WRITE, Right.WRITE),
    (Role.ADMIN, Right.READ),
    (Role.ADMIN, Right.DOWNLOAD),
    (Role.ADMIN, Right.WRITE),
}
_DENIED = [(role, right) for role in Role for right in Right if (role, right) not in _GRANTED]


def _actor(role: Role) -> Actor:
    return Actor("00000000-0000-4000-8000-000000000001", "system:test", role)


@pytest.mark.parametrize("role", Role)
def test_a_role_has_the_rights_it_was_given(role: Role) -> None:
    granted = {right for each, right in _GRANTED if each is role}

    for right in granted:
        _actor(role).needs(right)

    assert RIGHTS[role] == granted


@pytest.mark.parametrize(("role", "right"), _DENIED)
def test_a_role_has_no_other_rights(role: Role, right: Right) -> None:
    with pytest.raises(Forbidden) as refused:
        _actor(role).needs(right)

    assert refused.value.facts == {"right": right}
