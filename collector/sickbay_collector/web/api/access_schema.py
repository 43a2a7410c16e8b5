"""What the API says of accounts, sessions, tokens and devices that are shut out."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import Field

from sickbay_collector.core.access.role import Role
from sickbay_collector.core.access.scope import SITES_LIMIT, Area
from sickbay_collector.core.account import MAX_PASSWORD, NAME_LIMIT, Account, Session
from sickbay_collector.core.device import Device, EnrollmentToken
from sickbay_collector.core.networks import NETWORKS_LIMIT
from sickbay_collector.services.access import USER_LIMIT, TokenWish
from sickbay_collector.services.approval import PendingDevice
from sickbay_collector.services.enrollment_tokens import Terms
from sickbay_collector.services.token_ports import ApiToken
from sickbay_collector.web.api.base import Body, Schema

_TEXT = r"^[^\x00-\x1f\x7f]*$"
_Names = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=64, pattern=_TEXT)], ...],
    Field(max_length=SITES_LIMIT),
]
_Login = Annotated[str, Field(min_length=1, max_length=USER_LIMIT, pattern=_TEXT)]
# Keyboards differ in how they compose letters: one may come as several.
_Password = Annotated[str, Field(max_length=4 * MAX_PASSWORD)]
_REASON_LIMIT = 200


class AreaBody(Body):
    """On what part of the fleet rights hold. Without sites and tags: on all of it."""

    sites: _Names = ()
    """Ids of sites."""
    tags: _Names = ()
    """Of devices; with sites, either will do."""

    def area(self) -> Area:
        """Return it."""
        return Area(sites=frozenset(self.sites), tags=frozenset(self.tags))


class RoleBody(AreaBody):
    """What an account is for, and where."""

    role: Role


class NewAccountBody(RoleBody):
    """A new account."""

    login: _Login
    name: Annotated[str, Field(max_length=NAME_LIMIT)] = ""
    """As people know her or him; the login where it is left out."""
    password: _Password


class PasswordBody(Body):
    """A new password."""

    password: _Password


class NewTokenBody(AreaBody):
    """A new API token."""

    user: _Login
    """Login name that its holder acts under."""
    role: Role
    days: Annotated[int, Field(ge=1, le=3650)] = 365

    def wish(self) -> TokenWish:
        """Return what the token is to be."""
        return TokenWish(
            user=self.user,
            role=self.role,
            sites=self.sites,
            tags=self.tags,
            lifetime=timedelta(days=self.days),
        )


class NewEnrollmentBody(Body):
    """A new enrollment token."""

    hours: Annotated[float, Field(ge=0.02, le=8760, allow_inf_nan=False)] = 8
    uses: Annotated[int, Field(ge=1, le=100_000)] = 1
    comment: Annotated[str, Field(max_length=200, pattern=_TEXT)] = ""
    networks: Annotated[
        tuple[Annotated[str, Field(max_length=64, pattern=_TEXT)], ...],
        Field(max_length=NETWORKS_LIMIT),
    ] = ()
    """CIDRs that devices may use it from, by the address that the collector sees; [] for all."""
    approval: bool = False
    """Whether devices that use it wait until somebody approves them."""
    adopt: bool = False
    """Whether a machine that is known and silent becomes its device again; not with approval."""

    def terms(self) -> Terms:
        """Return whom it is to let in."""
        return Terms(networks=self.networks, approval=self.approval, adopt=self.adopt)


class RevokeBody(Body):
    """Why a device is shut out."""

    reason: Annotated[str, Field(max_length=_REASON_LIMIT, pattern=_TEXT)] = ""


class AccountItem(Schema):
    """Somebody who may sign in."""

    login: str
    name: str
    role: str
    sites: tuple[str, ...]
    tags: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None
    """Null while it may be used."""
    subject: str | None
    """Who this is at the provider of sign-ins, behind its address; null for nobody there."""
    sessions: int
    """Browsers that are signed in."""

    @classmethod
    def of(cls, account: Account, sessions: int) -> Self:
        """Return an account."""
        return cls(
            login=account.login,
            name=account.name,
            role=account.role,
            sites=account.sites,
            tags=account.tags,
            created_at=account.created_at,
            disabled_at=account.disabled_at,
            subject=account.subject,
            sessions=sessions,
        )


class AccountList(Schema):
    """All accounts."""

    items: tuple[AccountItem, ...]


class SessionItem(Schema):
    """A browser that is signed in."""

    session_id: str
    created_at: datetime
    seen_at: datetime
    """When it was last used, to the minute."""
    address: str
    agent: str

    @classmethod
    def of(cls, session: Session) -> Self:
        """Return a session."""
        return cls.model_validate(session)


class SessionList(Schema):
    """The sessions of an account."""

    items: tuple[SessionItem, ...]


class EndedAnswer(Schema):
    """What was ended."""

    sessions: int


class ApiTokenItem(Schema):
    """An API token; its secret is not kept."""

    token_id: str
    user: str
    role: str
    sites: tuple[str, ...]
    tags: tuple[str, ...]
    made_by: str
    """Login of the account that it never exceeds; empty for one of the collector's machine."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: ApiToken) -> Self:
        """Return a token."""
        return cls.model_validate(token)


class ApiTokenList(Schema):
    """All API tokens."""

    items: tuple[ApiTokenItem, ...]


class NewTokenAnswer(ApiTokenItem):
    """An API token that was just made."""

    secret: str
    """Shown this once only."""


class EnrollmentItem(Schema):
    """An enrollment token; its secret is not kept."""

    token_id: str
    created_at: datetime
    expires_at: datetime
    max_uses: int
    uses: int
    revoked_at: datetime | None
    comment: str
    networks: tuple[str, ...]
    """CIDRs that it may be used from; [] for all."""
    approval: bool
    """Whether devices that use it wait until somebody approves them."""
    adopt: bool
    """Whether a machine that is known and silent becomes its device again."""
    refusals: int
    """How often it was shown in vain: too late, too often, or from elsewhere."""
    refused_at: datetime | None
    """When that was last."""
    refused_from: str
    """From which address that was last."""

    @classmethod
    def of(cls, token: EnrollmentToken) -> Self:
        """Return a token."""
        return cls.model_validate(token)


class EnrollmentList(Schema):
    """All enrollment tokens."""

    items: tuple[EnrollmentItem, ...]


class NewEnrollmentAnswer(EnrollmentItem):
    """An enrollment token that was just made."""

    secret: str
    """With the authority's fingerprint behind a dot; shown this once only."""


class PendingItem(Schema):
    """A device that waits for approval; its agent keeps its reports until then."""

    device_id: str
    hostname: str
    enrolled_at: datetime
    address: str
    """From where it enrolled, as the collector saw it."""
    token_id: str
    token_comment: str
    system_serial: str
    """As the device says."""
    possible_duplicate_of: str | None
    """A device that it may be."""

    @classmethod
    def of(cls, pending: PendingDevice) -> Self:
        """Return a device that waits."""
        device, came, token = pending.device, pending.came, pending.token
        return cls(
            device_id=device.device_id,
            hostname=device.hostname,
            enrolled_at=device.enrolled_at,
            address=came.address if came else "",
            token_id=came.token_id if came else "",
            token_comment=token.comment if token else "",
            system_serial=device.evidence.system_serial,
            possible_duplicate_of=device.possible_duplicate_of,
        )


class PendingList(Schema):
    """Devices that wait for approval, the oldest first."""

    items: tuple[PendingItem, ...]


class SettledItem(Schema):
    """A device that waited for approval."""

    device_id: str
    hostname: str
    status: str
    """Active, or retired where it was refused."""
    revoked_at: datetime | None
    revoke_reason: str

    @classmethod
    def of(cls, device: Device) -> Self:
        """Return a device."""
        return cls.model_validate(device)


class RevokedItem(Schema):
    """A device that is shut out: its certificate is refused for good."""

    device_id: str
    hostname: str
    revoked_at: datetime
    revoke_reason: str

    @classmethod
    def of(cls, device: Device) -> Self:
        """Return a device."""
        return cls.model_validate(device)


class RevokedList(Schema):
    """Devices that are shut out, the last one first."""

    items: tuple[RevokedItem, ...]
