"""`/api/v1/version` and `/api/v1/me`: what answers, and who asks."""

from fastapi import APIRouter

from sickbay_collector.web.api.base import problems
from sickbay_collector.web.api.schemas import Me, Version
from sickbay_collector.web.auth import Anyone
from sickbay_collector.web.context import Context

API_VERSION = "v1"

router = APIRouter(tags=["meta"], responses={**problems()})


@router.get("/version")
def get_version(context: Context, _principal: Anyone) -> Version:
    """Show which version runs here."""
    return Version(version=context.version, api=API_VERSION)


@router.get("/me")
def get_me(principal: Anyone) -> Me:
    """Show who the token stands for."""
    return Me(user=principal.user, role=principal.role)
