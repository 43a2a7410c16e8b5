"""The header that makes a repeated request the same."""

import hashlib
from typing import Annotated

from fastapi import Header

from sickbay_collector.services.access import Principal
from sickbay_collector.services.repeated import KEY_LIMIT
from sickbay_collector.services.ticket_parts_ports import RequestKey
from sickbay_collector.web.api.base import Body

REPLAYED = "Idempotent-Replayed"
"""The header of an answer to a request that was done before."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=KEY_LIMIT,
        description="Makes a repeated request the same; the first answer's thing comes again.",
    ),
]


def request_key(principal: Principal, route: str, key: str | None, body: Body) -> RequestKey | None:
    """Return what tells a repeated request; None where it has no key.

    Args:
        principal: Who asks; keys of others are other keys.
        route: What is asked for.
        key: The header.
        body: What is said.
    """
    if key is None:
        return None
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    return RequestKey(user=principal.user, route=route, key=key, body_hash=digest)
