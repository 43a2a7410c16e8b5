"""Wraps each RPC: deadline, caller, request, errors. A method that is not listed does not exist.

Requests arrive as bytes and are parsed only after the caller was admitted, and only where neither
their size nor the number of their fields is over the method's limit. Error texts are ours: left
alone, gRPC would send the text of any exception to the client.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import grpc
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message

from sickbay_collector.core.errors import (
    BusyError,
    ConflictError,
    DeniedError,
    InvalidError,
    SickbayError,
)
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.rpc.wire import has_more_fields

log = logging.getLogger(__name__)

# A database that comes back is seen within a second or two; later than that and agents that were
# turned away wait longer than they need to.
_STORE_RETRY_S = 2.0

Request = TypeVar("Request", bound=Message)
Context = grpc.aio.ServicerContext[bytes, bytes]
Admit = Callable[[Mapping[str, Iterable[bytes]], int], Awaitable[DeviceId]]
"""Takes what the connection proves and the size of the request, bytes; returns who calls."""

# Shorter requests cannot grow past some MiB when they are parsed, whatever they hold; a hundred
# samples of a workstation take 90 KiB.
_LOOKED_THROUGH_BYTES = 128 << 10
# Parsing a longer one would hold the event loop for milliseconds.
_PARSED_ASIDE_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls."""

    device_id: DeviceId | None
    """None on methods that are open to strangers."""
    address: str
    until_s: float
    """When the caller stops waiting, by `time.monotonic`."""


@dataclass(frozen=True, slots=True)
class Method(Generic[Request]):
    """One RPC."""

    name: str
    request: type[Request]
    handle: Callable[[Request, Caller], Awaitable[Message]]
    admit: Admit | None
    """How a caller becomes a device; None only for the methods that strangers may call."""
    max_bytes: int = 64 << 10
    max_fields: int = 1000
    """Fields of the request and of all messages in it; counted where the request is long."""


def service(name: str, methods: Sequence[Method[Any]]) -> grpc.GenericRpcHandler:
    """Return the handler of a service with these methods and no others."""
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        method.name: grpc.unary_unary_rpc_method_handler(_wrap(method)) for method in methods
    }
    return grpc.method_handlers_generic_handler(name, handlers)


def _wrap(method: Method[Any]) -> Callable[[bytes, Context], Awaitable[bytes]]:
    async def call(data: bytes, context: Context) -> bytes:
        try:
            return (await _call(method, data, context)).SerializeToString()
        except asyncio.CancelledError:
            raise
        except SickbayError as error:
            _refuse(context, error)
        except Exception:  # nothing of an unexpected error may reach a client
            log.exception("call failed method=%s", method.name)
            _answer(context, grpc.StatusCode.INTERNAL, "the collector failed on this call")
        # gRPC sends no message beside these codes. Its abort() would do the same by an exception
        # that it keeps with all frames and the request, until garbage is looked for; a thousand of
        # them a second stopped the collector for 150 ms whenever that happened (measured).
        return b""

    return call


async def _call(method: Method[Any], data: bytes, context: Context) -> Message:
    device_id = None
    if method.admit is not None:
        device_id = await method.admit(context.auth_context(), len(data))
    remaining_s = context.time_remaining()
    if remaining_s is None:
        raise InvalidError("set a deadline for this call")
    if len(data) > _PARSED_ASIDE_BYTES:
        request = await asyncio.to_thread(_parse, method, data)
    else:
        request = _parse(method, data)
    caller = Caller(device_id, context.peer(), time.monotonic() + remaining_s)
    return await method.handle(request, caller)


def _parse(method: Method[Request], data: bytes) -> Request:
    # The stubs of the C implementation give it a type of its own.
    kind = cast("Descriptor", method.request.DESCRIPTOR)
    if len(data) > method.max_bytes:
        raise InvalidError(f"{kind.name}: at most {method.max_bytes} bytes, not {len(data)}")
    try:
        is_long = len(data) > _LOOKED_THROUGH_BYTES
        if is_long and has_more_fields(data, kind, method.max_fields):
            raise InvalidError(f"{kind.name}: at most {method.max_fields} fields")
        return method.request.FromString(data)
    except DecodeError:
        raise InvalidError(f"not a {kind.name} message") from None


def _refuse(context: Context, error: SickbayError) -> None:
    if isinstance(error, DeniedError):
        _answer(context, grpc.StatusCode.UNAUTHENTICATED, str(error))
    elif isinstance(error, InvalidError):
        _answer(context, grpc.StatusCode.INVALID_ARGUMENT, str(error))
    elif isinstance(error, ConflictError):
        _answer(context, grpc.StatusCode.ABORTED, str(error))
    elif isinstance(error, BusyError):
        _push_back(context, error.retry_after_s)
        _answer(context, grpc.StatusCode.RESOURCE_EXHAUSTED, str(error))
    else:
        log.warning("call failed error=%s", error)
        _push_back(context, _STORE_RETRY_S)
        _answer(context, grpc.StatusCode.UNAVAILABLE, "the collector cannot store reports now")


def _answer(context: Context, code: grpc.StatusCode, details: str) -> None:
    context.set_code(code)
    context.set_details(details)


def _push_back(context: Context, after_s: float) -> None:
    pushback_ms = int(1000 * after_s * (1 + random.random()))  # noqa: S311 - jitter
    context.set_trailing_metadata((("grpc-retry-pushback-ms", str(pushback_ms)),))
