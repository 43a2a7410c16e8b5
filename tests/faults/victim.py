"""The collector that is killed and started again, always on the same folder and ports."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from sickbay_collector.bootstrap.clock import new_id, utc_now
from sickbay_collector.config import CollectorConfig, load_config
from sickbay_collector.pki.folder import open_authority
from sickbay_collector.services.access_audit import By
from sickbay_collector.services.enrollment_tokens import make_token
from sickbay_collector.storage import Storage, open_storage
from tests.faults.planted import Build
from tests.kit.device import Ports
from tests.kit.ports import free_ports

_ROOT = Path(__file__).parents[2]
_START_S = 60.0
_PORTS = ("agent_port", "enroll_port", "http_port", "admin_port")


class Victim:
    """A collector of its own process. `start` returns once it listens; `kill` is kill -9.

    Args:
        folder: Its state directory.
        database_url: "" for SQLite in the folder.
        ca_dir: None for an authority of its own; collectors of one fleet share theirs.
        build: With a planted bug, or without.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str = "",
        ca_dir: Path | None = None,
        build: Build = Build.REAL,
    ) -> None:
        self.folder = folder
        self._build = build
        self._file = folder / "collector.toml"
        self._file.write_text(
            f'state_dir = "{folder}"\ndatabase_url = "{database_url}"\n'
            f'ca_dir = "{ca_dir or folder / "ca"}"\n'
            'agent_address = "127.0.0.1"\ndrain_s = 0\n'
            # Witnesses send as fast as they are answered.
            "device_calls_per_s = 10000\ndevice_calls_burst = 10000\n"
            + "".join(
                f"{name} = {port}\n"
                for name, port in zip(_PORTS, free_ports(len(_PORTS)), strict=True)
            )
        )
        self._log = (folder / "collector.log").open("wb")
        self._pid: int | None = None

    def __enter__(self) -> Self:
        """Start the process that forks."""
        command = [sys.executable, "-m", "tests.faults.fork_server", self._build]
        command += ["serve", "--config", str(self._file), "--log-level", "warning"]
        self._forks = subprocess.Popen(
            command,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Kill what runs, and end the process that forks."""
        if self._pid is not None:
            self.kill()
        self._forks.communicate()
        self._log.close()

    @property
    def config(self) -> CollectorConfig:
        """Its settings."""
        return load_config(self._file, {})

    def storage(self, *, migrate: bool = False) -> Storage:
        """Open its database from outside."""
        return open_storage(self.config, migrate=migrate)

    def ports(self) -> Ports:
        """Where devices find it."""
        config = self.config
        authority = open_authority(config.ca, now=utc_now())
        return Ports(
            agent=config.agent_port,
            enroll=config.enroll_port,
            ca_pem=authority.certificate_pem,
        )

    def token(self, uses: int) -> str:
        """Return an enrollment token; makes the database where there is none."""
        storage = self.storage(migrate=True)
        made = make_token(
            storage.open_uow,
            by=By(at=utc_now()),
            lifetime=timedelta(hours=1),
            max_uses=uses,
            comment="faults",
            new_id=new_id,
        )
        storage.engine.dispose()
        return made.secret

    def start(self) -> None:
        """Start it and wait until it takes connections of agents.

        Raises:
            TimeoutError: It does not listen; its log is `collector.log`.
        """
        self._pid = int(self._tell("start"))
        deadline = time.monotonic() + _START_S
        while not self._listens():
            if time.monotonic() > deadline:
                log = (self.folder / "collector.log").read_text()
                raise TimeoutError(f"the collector does not listen:\n{log}")
            time.sleep(0.01)

    def kill(self) -> int:
        """Kill it and return its exit code once it is gone."""
        assert self._pid is not None
        assert self._forks.stdout is not None
        os.kill(self._pid, signal.SIGKILL)
        self._pid = None
        return int(self._forks.stdout.readline())

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._pid is not None
        return self._pid

    def rss_bytes(self) -> int:
        """Return how much memory it holds."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def _listens(self) -> bool:
        # The enrollment port opens last.
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", self.config.enroll_port)) == 0

    def _tell(self, word: str) -> str:
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write(f"{word}\n")
        self._forks.stdin.flush()
        return self._forks.stdout.readline()
