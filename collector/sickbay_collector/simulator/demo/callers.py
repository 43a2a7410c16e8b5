"""What people of the invented company ask the desk for, and when: about one ask a hundred a day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sickbay_collector.core.desk.codes import (
    CauseCode,
    ResolutionCode,
    ResolutionCodes,
    ResolutionMode,
)
from sickbay_collector.core.desk.contact import Contact, Solution
from sickbay_collector.core.desk.ticket import TicketSource
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.person import Person
from sickbay_collector.services.contacts import Intake

_SOURCES = (
    (TicketSource.PHONE, 0.4),
    (TicketSource.EMAIL, 0.25),
    (TicketSource.PORTAL, 0.15),
    (TicketSource.CHAT, 0.1),
    (TicketSource.WALK_UP, 0.1),
)
_CONTACTS_A_DAY = 0.03
"""A person's, on a working day."""
_FIRST_HOUR, _LAST_HOUR = 7, 16
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that people ask for, and what helps."""

    title: str
    description: str
    category: str
    service: str
    help: str
    cause: CauseCode
    code: ResolutionCode
    at_once: float = 0.0
    """Share that is solved in the first contact."""

    @property
    def codes(self) -> ResolutionCodes:
        """Return how it was solved."""
        return ResolutionCodes(mode=ResolutionMode.REMOTE, cause=self.cause, code=self.code)


ASKS = (
    Ask(
        "Locked out after the holidays",
        "The password is not taken any more, also not in the web mail.",
        "access",
        "password",
        "Identity checked by call-back; password set anew, account unlocked.",
        CauseCode.USE,
        ResolutionCode.GRANTED,
        at_once=0.9,
    ),
    Ask(
        "Printer on the second floor prints stripes",
        "Every page since this morning; another tray does not help.",
        "hardware",
        "printing",
        "Cleaned the drum, changed the toner.",
        CauseCode.WEAR,
        ResolutionCode.REPLACED,
    ),
    Ask(
        "VPN drops every few minutes at home",
        "Worked last week. Other web pages are fine.",
        "network",
        "network",
        "The client used the old gateway; profile replaced.",
        CauseCode.CONFIGURATION,
        ResolutionCode.CONFIGURED,
        at_once=0.3,
    ),
    Ask(
        "Spreadsheet closes when I print",
        "Only with the large file of the monthly report.",
        "software",
        "software",
        "Update of the office suite installed; the file prints.",
        CauseCode.SOFTWARE_FAULT,
        ResolutionCode.UPDATED,
        at_once=0.2,
    ),
    Ask(
        "Please install the drawing program",
        "For the new brochure. My manager agrees.",
        "software",
        "standard-software",
        "Installed from the catalogue.",
        CauseCode.WISH,
        ResolutionCode.GRANTED,
        at_once=0.5,
    ),
    Ask(
        "Access to the folder of Finance",
        "I cover for a colleague until the end of the month.",
        "access",
        "access",
        "Owner of the folder agreed; access until the end of the month.",
        CauseCode.WISH,
        ResolutionCode.GRANTED,
    ),
    Ask(
        "A mail that asks for my password",
        "It looks like one of ours, the sender is odd. I did not press anything.",
        "security",
        "security",
        "Phishing; sender blocked, mail taken from all mailboxes.",
        CauseCode.SECURITY,
        ResolutionCode.CLEANED,
    ),
    Ask(
        "The second screen stays dark",
        "Since I moved to the other desk.",
        "hardware",
        "hardware",
        "The dock's cable was loose; shown how to seat it.",
        CauseCode.USE,
        ResolutionCode.ADVISED,
        at_once=0.6,
    ),
    Ask(
        "Laptop is very slow in the afternoon",
        "It takes half a minute until a window opens. Better after a restart.",
        "performance",
        "hardware",
        "A browser add-on took the memory; removed.",
        CauseCode.SOFTWARE_FAULT,
        ResolutionCode.CLEANED,
    ),
    Ask(
        "ORA-00060, deadlock in the order entry",
        "Three of us get it since noon when we book an order.",
        "software",
        "software",
        "The nightly job held a lock; it was ended, and its index rebuilt.",
        CauseCode.CHANGE,
        ResolutionCode.REPAIRED,
    ),
    Ask(
        "New colleague starts on Monday",
        "Research, same rights as the others of the team.",
        "access",
        "joiner",
        "Account, mailbox and laptop are ready.",
        CauseCode.WISH,
        ResolutionCode.GRANTED,
    ),
)


def working_moments(
    since: datetime, until: datetime, people: int, rng: Random
) -> Iterator[datetime]:
    """Return when somebody calls, in order."""
    day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until:
        if day.weekday() < _SATURDAY:
            count = sum(rng.random() < _CONTACTS_A_DAY for _ in range(people))
            seconds = sorted(
                rng.randint(_FIRST_HOUR * 3600, _LAST_HOUR * 3600) for _ in range(count)
            )
            moments = (day + timedelta(seconds=second) for second in seconds)
            yield from (moment for moment in moments if since <= moment < until)
        day += timedelta(days=1)


def ask(owned: Sequence[tuple[Person, DeviceId]], rng: Random) -> tuple[Ask, Intake]:
    """Return what somebody asks for."""
    chosen = rng.choice(ASKS)
    person, device_id = rng.choice(owned)
    contact = Contact(
        source=rng.choices([one for one, _ in _SOURCES], [share for _, share in _SOURCES])[0],
        title=chosen.title,
        description=chosen.description,
        category=chosen.category,
        service=chosen.service,
        requester=person.person_id,
        site=person.site,
    )
    solved = rng.random() < chosen.at_once
    solution = Solution(text=chosen.help, codes=chosen.codes) if solved else None
    return chosen, Intake(contact=contact, device=device_id, solution=solution)
