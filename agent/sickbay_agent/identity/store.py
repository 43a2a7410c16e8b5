"""Where the identity is kept.

A key and its certificate must change together, but two files cannot. So each generation has files
of its own (`device-3.key`, `device-3.crt`, `authorities-3.crt`), and `identity.json`, which is
replaced atomically, says which generation counts. A crash leaves the old generation or the new.
"""

import json
import logging
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sickbay_agent.errors import IdentityError
from sickbay_agent.files import FileLock, make_private_folder, write_atomically
from sickbay_agent.identity.keysmith import CheckedGrant

log = logging.getLogger(__name__)

NONCE_BYTES = 16
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A device certificate with its key."""

    device_id: str
    not_before: datetime
    not_after: datetime
    generation: int
    chain_pem: bytes
    """Leaf first."""
    authorities_pem: bytes
    key_pem: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An enrollment that has begun: what must be the same when it is tried again."""

    nonce: bytes
    generation: int


class IdentityStore:
    """The identity's files.

    Args:
        folder: The agent's state directory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current = folder / "identity.json"
        self._pending = folder / "enrollment.json"

    def prepare(self) -> None:
        """Make the folder.

        Raises:
            IdentityError: It cannot be made or written.
        """
        try:
            make_private_folder(self._folder)
        except OSError as error:
            raise _unusable(self._folder, error) from None

    def lock(self) -> FileLock:
        """Take the lock of which there is one: only one enrollment or renewal at a time.

        Raises:
            IdentityError: Another process has it.
        """
        lock = FileLock(self._folder / "identity.lock")
        try:
            is_free = lock.acquire()
        except OSError as error:
            raise _unusable(self._folder, error) from None
        if not is_free:
            raise IdentityError("another process is enrolling this device or renewing: wait for it")
        return lock

    def load(self) -> Identity | None:
        """Return the identity; None before the first enrollment.

        Raises:
            IdentityError: The files are damaged or cannot be read.
        """
        try:
            facts = json.loads(self._current.read_bytes())
            generation = int(facts["generation"])
            return Identity(
                device_id=str(facts["device_id"]),
                not_before=datetime.fromisoformat(facts["not_before"]),
                not_after=datetime.fromisoformat(facts["not_after"]),
                generation=generation,
                chain_pem=self._chain_file(generation).read_bytes(),
                authorities_pem=self._authorities_file(generation).read_bytes(),
                key_pem=self.key_file(generation).read_bytes(),
            )
        except FileNotFoundError as error:
            if not self._current.exists():
                return None
            raise IdentityError(f"{error.filename} is missing; enroll again") from None
        except OSError as error:
            raise _unusable(self._current, error) from None
        except (ValueError, KeyError, TypeError):
            raise IdentityError(f"{self._current} is damaged; remove it and enroll again") from None

    def key_file(self, generation: int) -> Path:
        """Return where the key of a generation is kept."""
        return self._folder / f"device-{generation}.key"

    def instance_id(self) -> str:
        """Return the random id of this installation, made when it is first asked for.

        Raises:
            IdentityError: It cannot be kept.
        """
        path = self._folder / "instance_id"
        try:
            if not path.exists():
                self.prepare()
                write_atomically(path, _new_uuid().encode())
            found = path.read_text(encoding="ascii", errors="replace").strip()
        except OSError as error:
            raise _unusable(path, error) from None
        if not _UUID.fullmatch(found):
            raise IdentityError(f"{path} is damaged; remove it and enroll again")
        return found

    def begin_enrollment(self) -> Pending:
        """Return the enrollment that was begun and not ended; else begin one.

        Raises:
            IdentityError: It cannot be kept.
        """
        try:
            found = json.loads(self._pending.read_bytes())
            return Pending(nonce=bytes.fromhex(found["nonce"]), generation=int(found["generation"]))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _unusable(self._pending, error) from None
        except (ValueError, KeyError, TypeError):
            log.warning("file=%s damaged, enrollment begins anew", self._pending)
        pending = Pending(nonce=os.urandom(NONCE_BYTES), generation=self._free_generation())
        entry = {"nonce": pending.nonce.hex(), "generation": pending.generation}
        self._write(self._pending, json.dumps(entry).encode())
        return pending

    def commit(self, generation: int, grant: CheckedGrant) -> Identity:
        """Make a generation the one that counts, and remove what is of no use any more.

        Raises:
            IdentityError: It cannot be kept; the one before still counts.
        """
        self._write(self._chain_file(generation), grant.chain_pem)
        self._write(self._authorities_file(generation), grant.authorities_pem)
        facts = {
            "device_id": grant.device_id,
            "not_before": grant.not_before.isoformat(),
            "not_after": grant.not_after.isoformat(),
            "generation": generation,
        }
        self._write(self._current, json.dumps(facts).encode())
        identity = self.load()
        if identity is None:
            raise IdentityError(f"{self._current} vanished while it was written")
        self._clean(generation)
        return identity

    def _clean(self, generation: int) -> None:
        """Remove other generations; what cannot be removed is harmless and tried again later."""
        kept = {
            self.key_file(generation),
            self._chain_file(generation),
            self._authorities_file(generation),
        }
        found = {*self._folder.glob("device-*"), *self._folder.glob("authorities-*")}
        for path in (found - kept) | {self._pending}:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("file=%s not removed: %s", path, error.strerror)

    def _free_generation(self) -> int:
        numbers = [path.stem.removeprefix("device-") for path in self._folder.glob("device-*")]
        return 1 + max((int(number) for number in numbers if number.isdecimal()), default=0)

    def _chain_file(self, generation: int) -> Path:
        return self._folder / f"device-{generation}.crt"

    def _authorities_file(self, generation: int) -> Path:
        return self._folder / f"authorities-{generation}.crt"

    def _write(self, path: Path, data: bytes) -> None:
        try:
            write_atomically(path, data)
        except OSError as error:
            raise _unusable(path, error) from None


def _new_uuid() -> str:
    import uuid  # noqa: PLC0415 - needed once in the life of an installation

    return str(uuid.uuid4())


def _unusable(path: Path, error: OSError) -> IdentityError:
    return IdentityError(f"{path} cannot be used: {error.strerror or error}")
