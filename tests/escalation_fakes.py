"""Escalation runs in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sickbay_collector.core.desk.escalation import StepKind
from sickbay_collector.core.desk.escalation_run import EscalationRun
from sickbay_collector.core.errors import ConflictError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.escalation_ports import StepDone


class FakeEscalationStore:
    def __init__(
        self,
        runs: dict[tuple[TicketId, int], EscalationRun],
        steps: dict[tuple[TicketId, int, int], StepDone],
    ) -> None:
        self._runs = runs
        self._steps = steps

    def add(self, run: EscalationRun) -> None:
        if (run.ticket_id, run.run) in self._runs:
            raise ConflictError(f"run {run.run} of {run.ticket_id} is there already")
        self._runs[run.ticket_id, run.run] = run

    def save(self, run: EscalationRun) -> None:
        if (run.ticket_id, run.run) in self._runs:
            self._runs[run.ticket_id, run.run] = run

    def current(self, ticket_id: TicketId) -> EscalationRun | None:
        mine = [key for key in self._runs if key[0] == ticket_id]
        return self._runs[max(mine)] if mine else None

    def hold(self, ticket_id: TicketId) -> EscalationRun | None:
        return self.current(ticket_id)

    def log(self, step: StepDone) -> None:
        key = (step.ticket_id, step.run, step.position)
        if key in self._steps or key[:2] not in self._runs:
            raise ConflictError(f"step {step.position} of {step.ticket_id} was done already")
        self._steps[key] = step

    def steps(self, ticket_id: TicketId) -> Sequence[StepDone]:
        return [step for key, step in sorted(self._steps.items()) if key[0] == ticket_id]

    def run_count(self) -> int:
        return len(self._runs)

    def step_counts(self) -> Mapping[StepKind, int]:
        return dict(Counter(step.kind for step in self._steps.values()))
