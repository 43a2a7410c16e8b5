"""Who may open a page and send its forms: one name for each right.

A handler takes its viewer by one of these, `viewer: DevicesRead`; a form that it is sent must be
the console's own.
"""

from typing import Annotated

from fastapi import Depends

from sickbay_collector.core.access.right import Right
from sickbay_collector.web.console.parts import Needs
from sickbay_collector.web.console.viewer import Viewer

DevicesRead = Annotated[Viewer, Depends(Needs(Right.DEVICES_READ))]
DevicesWrite = Annotated[Viewer, Depends(Needs(Right.DEVICES_WRITE))]
DevicesRevoke = Annotated[Viewer, Depends(Needs(Right.DEVICES_WRITE, everywhere=True))]
AssetsWrite = Annotated[Viewer, Depends(Needs(Right.ASSETS_WRITE))]
TicketsRead = Annotated[Viewer, Depends(Needs(Right.TICKETS_READ))]
TicketsWork = Annotated[Viewer, Depends(Needs(Right.TICKETS_WORK))]
TicketsAssign = Annotated[Viewer, Depends(Needs(Right.TICKETS_ASSIGN))]
ContactsLog = Annotated[Viewer, Depends(Needs(Right.CONTACTS_LOG))]
AlertsRead = Annotated[Viewer, Depends(Needs(Right.ALERTS_READ))]
RulesWrite = Annotated[Viewer, Depends(Needs(Right.RULES_WRITE))]
QuietWrite = Annotated[Viewer, Depends(Needs(Right.QUIET_WRITE))]
DeskRead = Annotated[Viewer, Depends(Needs(Right.DESK_READ))]
DeskWrite = Annotated[Viewer, Depends(Needs(Right.DESK_WRITE))]
CoverageWrite = Annotated[Viewer, Depends(Needs(Right.COVERAGE_WRITE))]
PeopleRead = Annotated[Viewer, Depends(Needs(Right.PEOPLE_READ))]
PeopleWrite = Annotated[Viewer, Depends(Needs(Right.PEOPLE_WRITE))]
KpisRead = Annotated[Viewer, Depends(Needs(Right.KPIS_READ))]
AuditRead = Annotated[Viewer, Depends(Needs(Right.AUDIT_READ))]
AccountsWrite = Annotated[Viewer, Depends(Needs(Right.ACCOUNTS_WRITE))]
TokensWrite = Annotated[Viewer, Depends(Needs(Right.TOKENS_WRITE))]
OwnRead = Annotated[Viewer, Depends(Needs(Right.OWN_READ))]
OwnWrite = Annotated[Viewer, Depends(Needs(Right.OWN_WRITE))]
