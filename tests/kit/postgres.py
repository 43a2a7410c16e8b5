"""A PostgreSQL cluster of the tests' own: fresh directory, unix socket, no TCP port.

It can be stopped, killed, started again and frozen, which is what the fault tests do with it.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

_PROGRAMS = Path("/usr/lib/postgresql")
_OWNER = "sickbay"
# A start after a kill replays the log; on a loaded machine that takes a while.
_START_S = "60"


def programs() -> Path | None:
    """Return the directory of the newest PostgreSQL here; None where none is installed."""
    return max(_PROGRAMS.glob("*/bin"), default=None, key=_version)


def _version(folder: Path) -> int:
    return int(folder.parent.name)


class Cluster:
    """A cluster in a directory.

    Args:
        folder: Empty; data, socket and log go there.
        programs: Where initdb and pg_ctl are.
        durable: Whether it waits for the disk. Off, it survives being killed, but no power failure.
    """

    def __init__(self, folder: Path, programs: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._programs = programs
        self._data = folder / "data"
        # PostgreSQL refuses to run as root; Debian's package brings a user for it.
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        shutil.chown(folder, self._user)
        self._options = f"-k {folder} -c listen_addresses=''"
        if not durable:
            self._options += " -c fsync=off -c full_page_writes=off"
        name = ["-U", _OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(self._data), *name, "--no-sync")

    def start(self) -> None:
        """Start it; return once it takes connections."""
        log = str(self._folder / "log")
        self._control("-w", "-t", _START_S, "-o", self._options, "-l", log, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: "immediate" as a crash would, "fast" in order."""
        self._control("-w", "-m", mode, "stop")

    def url(self, database: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgresql+psycopg://{_OWNER}@/{database}?host={self._folder}"

    def create(self) -> str:
        """Make an empty database and return its address."""
        name = f"sickbay_{secrets.token_hex(6)}"
        with self.session() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    @contextmanager
    def session(self, url: str = "") -> Iterator[psycopg.Connection]:
        """Hold a session of somebody else, without a transaction of its own."""
        dsn = (url or self.url()).replace("postgresql+psycopg:", "postgresql:")
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield connection

    def backends(self, url: str) -> list[int]:
        """Return the process ids of the sessions in a database."""
        with self.session(url) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
                "AND datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        return [int(pid) for (pid,) in rows]

    @contextmanager
    def frozen(self, url: str, *, only: int | None = None) -> Iterator[None]:
        """Freeze all sessions in a database, or only one, as a stalled disk would."""
        pids = self.backends(url) if only is None else [only]
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Freeze the whole cluster: it takes connections and answers none."""
        first = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        everybody = [first, *first.children(recursive=True)]
        try:
            for process in everybody:
                process.suspend()
            yield
        finally:
            for process in everybody:
                process.resume()

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self._data), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_owner(), str(self._programs / program), *arguments]
        subprocess.run(command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL)

    def _as_owner(self) -> list[str]:
        """Return what a command is run through to be the owner's.

        Popen's own `user` would fork with Python's hooks, gRPC's among them, and a child of a
        process that is calling gRPC then crashes now and then; without it Popen uses vfork.
        """
        if os.geteuid() != 0:
            return []
        return ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--init-groups"]
