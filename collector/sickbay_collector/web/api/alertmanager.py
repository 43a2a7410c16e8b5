"""`/api/v1/alertmanager`: what Alertmanager's webhook sends, version 4 of its format."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sickbay_collector.core.desk.outside_alerts import (
    GROUP_KEY_LIMIT,
    GroupStep,
    Notification,
    OutsideAlert,
)
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.outside_alerts import take_in
from sickbay_collector.web.api.base import Schema, problems
from sickbay_collector.web.auth import AlertsTell
from sickbay_collector.web.context import Context

MAX_NOTIFICATION_BYTES = 1024 * 1024
_Key = Annotated[str, Field(min_length=1, max_length=GROUP_KEY_LIMIT)]
_Fingerprint = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
_SAID = 3
"""Wrong parts that an answer names."""


class _Sent(BaseModel):
    """Base of what is sent: fields that a later Alertmanager adds are let be."""

    model_config = ConfigDict(
        extra="ignore", use_attribute_docstrings=True, frozen=True, populate_by_name=True
    )


class AlertBody(_Sent):
    """One alert."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str] = {}
    starts_at: Annotated[AwareDatetime, Field(alias="startsAt")]
    fingerprint: _Fingerprint

    def alert(self) -> OutsideAlert:
        """Return the alert."""
        return OutsideAlert(
            is_firing=self.status == "firing",
            fingerprint=self.fingerprint,
            started_at=self.starts_at,
            labels=self.labels,
        )


class NotificationBody(_Sent):
    """What Alertmanager tells of a group of alerts."""

    version: Literal["4"]
    group_key: Annotated[_Key, Field(alias="groupKey")]
    truncated_alerts: Annotated[int, Field(alias="truncatedAlerts", ge=0, le=1_000_000_000)] = 0
    status: Literal["firing", "resolved"]
    receiver: str = ""
    common_labels: Annotated[dict[str, str], Field(alias="commonLabels")] = {}
    common_annotations: Annotated[dict[str, str], Field(alias="commonAnnotations")] = {}
    external_url: Annotated[str, Field(alias="externalURL")] = ""
    alerts: tuple[AlertBody, ...]
    """At most 1,000."""

    def notification(self) -> Notification:
        """Return what it tells."""
        return Notification(
            group_key=self.group_key,
            receiver=self.receiver,
            is_firing=self.status == "firing",
            alerts=tuple(alert.alert() for alert in self.alerts),
            left_out=self.truncated_alerts,
            common_labels=self.common_labels,
            common_annotations=self.common_annotations,
            external_url=self.external_url,
        )


class TakenSchema(Schema):
    """What became of a notification."""

    did: GroupStep
    """`nothing` for one that tells nothing new."""
    ticket: int | None
    """Number of the group's ticket; null where it has none."""


def _description() -> dict[str, Any]:
    """Return the OpenAPI description of the body, in one piece."""
    schema = NotificationBody.model_json_schema()
    schema["properties"]["alerts"]["items"] = schema.pop("$defs")["AlertBody"]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


router = APIRouter(prefix="/alertmanager", tags=["alerts"])


async def _body(request: Request, _principal: AlertsTell) -> NotificationBody:
    """Return the notification, which nobody reads before it is known who sends it."""
    raw = await request.body()
    try:
        return NotificationBody.model_validate_json(raw)
    except ValidationError as error:
        raise InvalidError(_sentence(error)) from error


@router.post(
    "",
    openapi_extra=_description(),
    responses={
        **problems(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        )
    },
)
def post_alertmanager(
    context: Context, _principal: AlertsTell, body: Annotated[NotificationBody, Depends(_body)]
) -> TakenSchema:
    """Take in a notification of Alertmanager's webhook: one ticket for each group of alerts.

    A notification that is sent again changes nothing.
    """
    taken = take_in(
        context.open_writes, body.notification(), now=context.clock(), new_id=context.new_id
    )
    return TakenSchema(did=taken.step, ticket=None if taken.ticket is None else taken.ticket.number)


def _sentence(error: ValidationError) -> str:
    parts = [
        f"{'/'.join(str(step) for step in found['loc'])[:200] or 'body'}: {found['msg'][:200]}"
        for found in error.errors()[:_SAID]
    ]
    return "; ".join(parts)
