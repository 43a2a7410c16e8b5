"""Macros: several changes of a ticket and their words, done by one press.

A macro is a list of steps, each a change that somebody could do by hand. They are planned on the
ticket as it is, shown, and written together or not at all.
"""

from dataclasses import dataclass

from sickbay_collector.core.desk.codes import (
    NOT_SAID,
    ResolutionCodes,
)
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.core.words import span

ME = "me"
"""Whoever presses the macro, as an assignee."""
PLACEHOLDERS = ("number", "title", "requester", "technician", "device")
"""What stands in braces in a macro's texts, to be filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """What one press does. What is empty or None is left out."""

    id: str
    name: str
    note: str = ""
    """For the worklog; with `wait`, why it waits."""
    public: bool = False
    """Whether the requester may read the note."""
    category: str = ""
    subcategory: str = ""
    impact: int | None = None
    urgency: int | None = None
    assign: str = ""
    """Login name, or "me" for who presses it, who begins to work on it by that."""
    wait: TicketAction | None = None
    snooze_s: float = 0.0
    resolve: str = ""
    """What was done."""
    codes: ResolutionCodes = NOT_SAID

    @property
    def edits(self) -> bool:
        """Whether it changes category or priority."""
        return bool(self.category) or self.impact is not None or self.urgency is not None


def filled(text: str, facts: dict[str, str]) -> str:
    """Return a macro's text with what is known in place of `{number}` and the others.

    What stands in other braces stays as it is.
    """
    for name in PLACEHOLDERS:
        text = text.replace(f"{{{name}}}", facts.get(name, "") or "-")
    return text


def words(macro: Macro) -> tuple[str, ...]:
    """Return what a macro does, step by step, for who is about to press it."""
    waits = {
        TicketAction.WAIT_FOR_USER: "its user",
        TicketAction.WAIT_FOR_VENDOR: "a vendor",
        TicketAction.WAIT_FOR_CHANGE: "a change",
    }
    about = "/".join(one for one in (macro.category, macro.subcategory) if one)
    weights = [
        f"{name} {value}"
        for name, value in (("impact", macro.impact), ("urgency", macro.urgency))
        if value is not None
    ]
    note = "public note" if macro.public else "note"
    steps = (
        f"adds a {note}" if macro.note and macro.wait is None else "",
        f"sets {', '.join([*([f'category {about}'] if about else []), *weights])}"
        if macro.edits
        else "",
        "you work on it" if macro.assign == ME else "",
        f"assigns it to {macro.assign}" if macro.assign not in {"", ME} else "",
        f"waits for {waits[macro.wait]}" if macro.wait is not None else "",
        f"snoozes it for {span(macro.snooze_s)}" if macro.snooze_s else "",
        "resolves it" if macro.resolve else "",
    )
    return tuple(one for one in steps if one)
