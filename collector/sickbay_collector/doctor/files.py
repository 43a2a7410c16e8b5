"""Checks of what the collector keeps on the disk: its directory, authority, rules and SLA."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from sickbay_collector.config import CollectorConfig
from sickbay_collector.core.errors import SickbayError
from sickbay_collector.doctor.finding import Finding, ok, problem, warning
from sickbay_collector.pki.folder import read_authority
from sickbay_collector.services.book.load import load_book
from sickbay_collector.services.marked_yaml import MAX_FILES
from sickbay_collector.services.rulebook import check_file, load_rules
from sickbay_collector.services.sla_files import load_sla

# Below either of them SQLite's next commit may be the one that fails.
LOW_RATIO = 0.10
LOW_BYTES = 1024**3
CA_WARNING = timedelta(days=90)
"""How long before its end an authority is warned of: devices have to learn a new one."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_GIB = 1024**3


def check_state_directory(config: CollectorConfig) -> Finding:
    """Say whether the state directory can be written, and by its owner only."""
    check, folder = "state directory", config.state_dir
    if not folder.exists():
        return warning(check, f"{folder} is not there yet: `sickbay serve` makes it")
    if not folder.is_dir():
        return problem(check, f"{folder} is no directory: name another state_dir")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return problem(check, f"{folder} cannot be written by this user: run as its owner")
    if stat.S_IMODE(folder.stat().st_mode) & _OTHERS:
        return warning(check, f"{folder} is open to other users: chmod 700 {folder}")
    owner = folder.stat().st_uid
    kept = (folder / "collector.db", config.ca / "ca.key", config.ca / "ca.crt")
    strange = [path for path in kept if path.exists() and path.stat().st_uid != owner]
    if strange:
        return warning(
            check, f"{strange[0]} has another owner than {folder}: chown it to the collector's user"
        )
    return ok(check, f"{folder} is writable and private")


def check_space(folder: Path) -> Finding:
    """Say whether the disk has room, where the directory is or will be."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(place)
    return judge_space(folder, free_bytes=usage.free, total_bytes=usage.total)


def judge_space(folder: Path, *, free_bytes: int, total_bytes: int) -> Finding:
    """Say whether so much free space of so much is enough."""
    ratio = free_bytes / total_bytes if total_bytes else 0.0
    text = f"{free_bytes / _GIB:.1f} GiB ({100 * ratio:.0f} %) free for {folder}"
    if free_bytes < LOW_BYTES or ratio < LOW_RATIO:
        return problem("disk space", f"{text}: make room, at least 10 % and 1 GiB")
    return ok("disk space", text)


def check_authority(folder: Path, *, now: datetime) -> Iterator[Finding]:
    """Say whether the authority can be read, keeps its key to itself, and how long it lasts."""
    check, key = "authority", folder / "ca.key"
    if not key.exists():
        yield warning(check, f"{key} is not there yet: `sickbay serve` makes it")
        return
    try:
        authority = read_authority(folder)
    except SickbayError as error:
        yield problem(check, str(error))
        return
    mode = stat.S_IMODE(key.stat().st_mode)
    if mode & _OTHERS:
        yield problem(check, f"{key} has mode {mode:04o}: chmod 600 {key}, others may have it")
    certificate = x509.load_der_x509_certificate(authority.certificate_der)
    yield judge_validity(certificate.not_valid_before_utc, certificate.not_valid_after_utc, now=now)


def judge_validity(begins_at: datetime, ends_at: datetime, *, now: datetime) -> Finding:
    """Say whether an authority is valid now and long enough."""
    check, left = "authority", ends_at - now
    if now < begins_at:
        return problem(check, f"is valid from {begins_at:%Y-%m-%d %H:%M} UTC on: set the clock")
    if left <= timedelta(0):
        return problem(check, f"ended on {ends_at:%Y-%m-%d}: no device can connect; make a new one")
    text = f"{left.days} days left, until {ends_at:%Y-%m-%d}"
    if left < CA_WARNING:
        return warning(check, f"{text}: plan a new one, devices have to enroll with it")
    return ok(check, text)


def check_rules(folder: Path) -> Iterator[Finding]:
    """Say which rule files are wrong, each with its line."""
    check = "rules"
    try:
        rules = load_rules([folder])
    except SickbayError as error:
        # Loading stops at the first; whoever mends one wants to know of the others.
        found = dict.fromkeys([str(error), *_wrong_files(folder)])
        yield from (problem(check, text) for text in found)
    else:
        yield ok(check, f"{len(rules.rules)} in force, nothing wrong in {folder}")


def check_sla(folder: Path, *, now: datetime) -> Finding:
    """Say what is wrong with the site's calendars and policies, with its line."""
    check = "sla"
    try:
        book = load_sla([folder], today=now.date())
    except SickbayError as error:
        return problem(check, str(error))
    return ok(check, f"{len(book.policies)} policies in force, nothing wrong in {folder}")


def check_desk(folders: Iterable[Path], *, now: datetime) -> Finding:
    """Say what is wrong with the desk's configuration in these folders, with its line."""
    check = "desk"
    try:
        book = load_book(folders, today=now.date())
    except SickbayError as error:
        return problem(check, str(error))
    return ok(check, f"{len(book.tiers)} tiers and {len(book.technicians)} technicians in files")


def _wrong_files(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.yaml"))[:MAX_FILES]:
        try:
            check_file(file)
        except SickbayError as error:
            yield str(error)
