"""Who handles which kind of timer: one line a kind."""

from collections.abc import Mapping
from types import MappingProxyType

from sickbay_collector.services.timers import TimerHandler

HANDLERS: Mapping[str, TimerHandler] = MappingProxyType({})
