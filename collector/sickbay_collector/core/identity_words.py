"""What verdicts about the identity of devices are called, for pages and terminals."""

from collections.abc import Mapping
from types import MappingProxyType

from sickbay_collector.core.device_pair import Hindrance
from sickbay_collector.core.identity import Objection, Outcome, Verdict
from sickbay_collector.core.identity_clues import ClueKind, Housing

KINDS: Mapping[ClueKind, str] = MappingProxyType(
    {
        ClueKind.UUID: "SMBIOS UUID",
        ClueKind.SERIAL: "System serial",
        ClueKind.BOARD: "Board serial",
        ClueKind.TAG: "Asset tag of the chassis",
        ClueKind.MACHINE: "Machine id",
        ClueKind.MAC: "Address of an adapter",
        ClueKind.DRIVE: "Serial of the boot drive",
    }
)
VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.NEW: "a device that was not known",
        Verdict.POSSIBLE: "a new device that may be a known one",
        Verdict.SAME: "this device, installed anew: a new agent on the same machine",
        Verdict.RETURNED: "this device: the same agent with a new key",
    }
)
OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.AGREES: "the same",
        Outcome.DIFFERS: "another",
        Outcome.UNSEEN: "no known device has it",
        Outcome.UNFILLED: "tells nothing: not filled in, or of no one machine",
        Outcome.SHARED: "tells nothing: other machines have it too",
        Outcome.BORROWED: "tells nothing here: it is the host's or the hypervisor's",
    }
)
OBJECTIONS: Mapping[Objection, str] = MappingProxyType(
    {
        Objection.LIVE: "that device reported or came in less than an hour before",
        Objection.SHUT_OUT: "that device is shut out",
        Objection.RETIRED: "that device is retired",
        Objection.PENDING: "that device waits for approval itself",
        Objection.UNKNOWN_HOUSING: "one of the agents does not say whether it runs in a container",
        Objection.OTHER_HARDWARE: "UUID or serial are another machine's",
        Objection.ONE_STRONG: "fewer than two kinds of value agree that no image copies",
        Objection.SEVERAL: "another device agrees as well",
        Objection.TOKEN: "the token lets nobody become a device that is known",
    }
)
HINDRANCES: Mapping[Hindrance, str] = MappingProxyType(
    {
        Hindrance.PENDING: "one of them waits for approval: approve or refuse it first",
        Hindrance.LIVE: "the record that would end reported within the last hour, so two agents"
        " run: stop one of them, or shut its device out, and decide then",
        Hindrance.OUT_OF_SERVICE: "neither of them is in service, so nothing goes on",
    }
)
HOUSINGS: Mapping[Housing, str] = MappingProxyType(
    {
        Housing.MACHINE: "hardware of its own",
        Housing.VIRTUAL: "a virtual machine",
        Housing.CONTAINER: "a container",
        Housing.UNKNOWN: "its agent does not say",
    }
)
