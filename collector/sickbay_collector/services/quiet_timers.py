"""The timers of silences and maintenance windows."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sickbay_collector.core.alerts.rule import RuleSet
from sickbay_collector.core.ids import AlertId
from sickbay_collector.services.muting import LET_GO_TIMER, MUTE_TIMER, let_go
from sickbay_collector.services.ports import UnitOfWork
from sickbay_collector.services.timers import TimerHandler
from sickbay_collector.services.triage import let_go_of_alert
from sickbay_collector.services.window_run import Steps, advance_window
from sickbay_collector.services.windows import WINDOW_TIMER


class QuietTimers:
    """Handles the timers of what is quiet on purpose.

    Args:
        rules: Returns the rules in force.
        steps: What windows need.
    """

    def __init__(self, rules: Callable[[], RuleSet], steps: Steps) -> None:
        self._rules = rules
        self._steps = steps

    def handlers(self) -> Mapping[str, TimerHandler]:
        """Return who handles which kind."""
        return {
            MUTE_TIMER: self._mute,
            LET_GO_TIMER: self._let_go,
            WINDOW_TIMER: self._window,
        }

    def _mute(self, uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        del due_at
        alert_id, new_id = AlertId(key), self._steps.new_id
        let_go_of_alert(uow, alert_id, self._rules(), now=now, new_id=new_id)

    def _let_go(self, uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        del due_at
        let_go(uow, key, now=now)

    def _window(self, uow: UnitOfWork, key: str, due_at: datetime, now: datetime) -> None:
        del due_at
        advance_window(uow, int(key), self._steps, now=now)
