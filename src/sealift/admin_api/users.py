"""Who am I?"""

from fastapi import APIRouter

from sealift.actions import accounts
from sealift.web import shapes
from sealift.web.actor import ByCaller, CallerFirst
from sealift.wire.admin import Me, User

router = APIRouter(prefix="/users", tags=["users"], route_class=CallerFirst)


@router.get("/me")
def get_the_current_user(by: ByCaller) -> Me:
    """The user who made the API key, and the organization that the key opens."""
    user = accounts.user_behind(by.system, by.actor)
    organization_prn = shapes.organization_prn(by.actor.organization_id)
    return Me(
        data=User(email=user.email, username=user.username, organization_prn=organization_prn)
    )
