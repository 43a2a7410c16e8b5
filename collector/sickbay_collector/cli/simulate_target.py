"""Which collector a simulation is sent to, and what its database says afterwards."""

import re
import tomllib
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.errors import ConfigError
from sickbay_collector.core.ids import TicketId
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.enrollment_tokens import make_token
from sickbay_collector.services.ports import OpenUnitOfWork
from sickbay_collector.simulator.identity import Reach
from sickbay_collector.storage import Storage

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):\d{1,5}")
# A PEM bundle of authorities is some kilobytes; more is the wrong file.
_CA_LIMIT_BYTES = 1 << 20
_TOKEN_LIMIT = 256
_PAGE = 500


def explicit_reach(agent_address: str, enroll_address: str, token: str, ca_file: Path) -> Reach:
    """Return a collector that was named by its addresses.

    Raises:
        ConfigError: An address, the token or the file is malformed.
    """
    for option, address in (
        ("--agent-address", agent_address),
        ("--enroll-address", enroll_address),
    ):
        if not _ADDRESS.fullmatch(address) or int(address.rpartition(":")[2]) > 65535:
            raise ConfigError(f"{option}: {address!r} is no HOST:PORT")
    if not 1 <= len(token) <= _TOKEN_LIMIT:
        raise ConfigError(f"--token: 1 to {_TOKEN_LIMIT} characters, not {len(token)}")
    return Reach(
        agent_address=agent_address,
        enroll_address=enroll_address,
        ca_pem=_read_ca(ca_file),
        token=token,
    )


def local_reach(config: CollectorConfig, storage: Storage, *, devices: int) -> Reach:
    """Return the collector on this machine, with a new token for so many devices.

    Raises:
        ConfigError: Its authority is not there.
    """
    agent_address, enroll_address = _quickstart_addresses(config.state_dir) or (
        f"127.0.0.1:{config.agent_port}",
        f"127.0.0.1:{config.enroll_port}",
    )
    ca_pem = _read_ca(config.ca / "ca.crt")
    made = make_token(
        storage.open_uow,
        by=By(at=utc_now()),
        lifetime=timedelta(days=7),
        max_uses=devices,
        comment="simulation",
        new_id=new_id,
    )
    return Reach(
        agent_address=agent_address,
        enroll_address=enroll_address,
        ca_pem=ca_pem,
        token=made.secret,
    )


def count_tickets(
    open_reads: OpenUnitOfWork, device_ids: Collection[str], *, since: datetime
) -> int:
    """Return how many tickets of these devices were opened since a moment."""
    count, after = 0, None
    with open_reads() as uow:
        while True:
            page = uow.tickets.list(limit=_PAGE, after=after)
            new = [ticket for ticket in page if ticket.opened_at >= since]
            count += sum(ticket.device_id in device_ids for ticket in new)
            if len(new) < _PAGE:
                return count
            after = (new[-1].opened_at, TicketId(new[-1].ticket_id))


def _quickstart_addresses(folder: Path) -> tuple[str, str] | None:
    """Return where a quick start listens: it wrote so for its agent; None where none did."""
    file = folder / "agent" / "agent.toml"
    try:
        settings = tomllib.loads(file.read_text())
        return str(settings["collector"][0]), str(settings["enrollment"])
    except FileNotFoundError:
        return None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, LookupError, TypeError):
        raise ConfigError(f"{file} is damaged: start `sickbay quickstart` once more") from None


def _read_ca(file: Path) -> bytes:
    try:
        if file.stat().st_size > _CA_LIMIT_BYTES:
            raise ConfigError(f"{file}: larger than {_CA_LIMIT_BYTES} bytes, so no authority")
        ca_pem = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}; it is the collector's ca.crt") from None
    if b"-----BEGIN CERTIFICATE-----" not in ca_pem:
        raise ConfigError(f"{file}: no certificate in PEM")
    return ca_pem
