"""What was done to a ticket, as its timeline says it behind a name: "ada took it"."""

from collections.abc import Mapping
from types import MappingProxyType

from sickbay_collector.core.desk.events import TicketEventKind
from sickbay_collector.web.console.texts import N_, gettext

_DEEDS: Mapping[str, str] = MappingProxyType(
    {
        TicketEventKind.OPENED: N_("opened it"),
        TicketEventKind.JOINED: N_("added another alert"),
        TicketEventKind.EVIDENCE: N_("measured it again"),
        TicketEventKind.FLAPPING: N_("saw it come and go"),
        TicketEventKind.SUPPRESSED: N_("kept an alert quiet"),
        TicketEventKind.NOTE: N_("wrote a note"),
        TicketEventKind.ASSIGNED: N_("assigned it"),
        TicketEventKind.ESCALATED: N_("raised it to a higher tier"),
        TicketEventKind.REROUTED: N_("routed it again"),
        TicketEventKind.TAKEN: N_("took it"),
        TicketEventKind.WAITING: N_("let it wait"),
        TicketEventKind.RESOLVED: N_("resolved it"),
        TicketEventKind.VERIFIED: N_("confirmed the solution by measurement"),
        TicketEventKind.REOPENED: N_("opened it again"),
        TicketEventKind.CLOSED: N_("closed it"),
        TicketEventKind.CANCELLED: N_("cancelled it"),
        TicketEventKind.ACKNOWLEDGED: N_("acknowledged it"),
        TicketEventKind.SNOOZED: N_("snoozed it"),
        TicketEventKind.SNOOZE_OVER: N_("ended its snooze"),
        TicketEventKind.ESCALATION: N_("did a step of its escalation"),
        TicketEventKind.EDITED: N_("corrected it"),
        TicketEventKind.MAJOR: N_("changed whether it is a major incident"),
        TicketEventKind.MERGED: N_("merged it into another ticket"),
        TicketEventKind.MERGE: N_("merged another ticket into it"),
        TicketEventKind.SPLIT: N_("split a part off"),
        TicketEventKind.WATCHED: N_("changed who watches it"),
        TicketEventKind.LINKED: N_("changed its links"),
        TicketEventKind.COST: N_("booked time or parts"),
        TicketEventKind.VENDOR: N_("changed a vendor's case"),
        TicketEventKind.UPDATE: N_("told everybody how it stands"),
        TicketEventKind.PROBLEM: N_("made it part of a problem"),
        TicketEventKind.SLA_WARNED: N_("warned that a target is close"),
        TicketEventKind.SLA_BREACHED: N_("noticed a missed target"),
    }
)


def did(kind: object) -> str:
    """Return what was done, in the language of who reads.

    A newer collector of the fleet may have written a kind that this one does not know: its name.
    """
    deed = _DEEDS.get(str(kind))
    return str(kind) if deed is None else gettext(deed)
