"""The page of one device: more than a technician would ask, in the order in which it matters."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sickbay_collector.cli import device_agent, device_hardware, paint
from sickbay_collector.cli.client import Record
from sickbay_collector.cli.device_parts import (
    Part,
    grid,
    joined,
    named,
    readings_of,
    rows_of,
    section,
)
from sickbay_collector.cli.words import (
    ago,
    local,
    number_of,
    record_of,
    records_of,
    text_of,
)
from sickbay_collector.core.words import percent, quantity, span

_LEDGER_LINES = 8
_CHANGES = 8
_UPDATES = 5
# Vitals that are read at a glance, in this order, and how they are called there.
_VITALS = (
    ("cpu.busy_ratio", "processor busy"),
    ("cpu.load_1m", "load"),
    ("memory.available_ratio", "memory free"),
    ("swap.used_bytes", "swap used"),
    ("pressure.cpu_some_ratio", "waits for processor"),
    ("pressure.memory_some_ratio", "for memory"),
    ("pressure.io_some_ratio", "for storage"),
    ("crash.oom_kills", "killed for memory"),
    ("crash.app_crashes", "crashes"),
    ("session.count", "sessions"),
    ("session.user_idle_s", "idle for"),
)


def print_device_page(console: Console, device: Record, *, now: datetime) -> None:
    """Print everything about one device.

    Args:
        console: Where to.
        device: What `/api/v1/devices/{id}` answered.
        now: The present time.
    """
    console.print(_head(device, now))
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(style="bold", no_wrap=True, width=10)
    table.add_column(ratio=1)
    for part in _parts(device, now):
        table.add_row(part.title, part.content)
        table.add_row("", "")
    console.print(table)


def health_lines(health: Record, *, lines: int, now: datetime) -> RenderableType:
    """Return a score with the top of its ledger, what is unknown, and what to do first."""
    parts: list[RenderableType] = [_score_line(health)]
    ledger = records_of(health, "ledger")
    table = grid(columns=3, wide=1, right=(0,))
    for line in ledger[:lines]:
        finding = record_of(line, "finding")
        lost = Text(f"-{number_of(line, 'points') or 0:.1f}", style="bold red")
        since = f"since {ago(finding.get('since'), now=now).removesuffix(' ago')}"
        table.add_row(lost, Text(_loss_words(line)), Text(since, style="dim"))
    if ledger:
        parts.append(table)
    if len(ledger) > lines:
        parts.append(Text(f"and {len(ledger) - lines} more findings", style="dim"))
    parts.extend(_unknown(health))
    for advice in records_of(health, "advice"):
        gain = number_of(advice, "gain_points") or 0
        said = f" (+{gain:.1f} points)" if gain else ""
        parts.append(Text.assemble(("do: ", "bold"), text_of(advice, "sentence"), said))
    return Group(*parts)


def _loss_words(line: Record) -> str:
    """Return what a line of the ledger is for: a finding, or the cap that one brings."""
    cap = record_of(line, "cap")
    if not cap:
        return text_of(record_of(line, "finding"), "title")
    return f"{text_of(cap, 'sentence')} The score is {number_of(cap, 'limit') or 0:.0f} at most."


def _head(device: Record, now: datetime) -> RenderableType:
    presence = Text.assemble(
        paint.word(device.get("presence")),
        f", last report {ago(device.get('last_seen_at'), now=now)}",
    )
    name = Text(text_of(device, "hostname"), style="bold")
    what = joined(
        text_of(device, "model"),
        text_of(device, "os_name"),
        f"{text_of(device, 'device_class').replace('_', ' ')}, "
        f"{text_of(device, 'criticality')} criticality",
    )
    lines = [Text.assemble(name, "  ", presence), Text(what)]
    if whose := _whose(device):
        lines.append(Text(whose))
    return Group(*lines, Rule(style="dim"))


def _whose(device: Record) -> str:
    owner = record_of(device, "owner")
    return joined(
        f"owner {text_of(owner, 'name')} {text_of(owner, 'email')}".strip() if owner else "",
        *(
            f"{field} {text_of(device, field)}"
            for field in ("department", "site", "location")
            if text_of(device, field)
        ),
    )


def _parts(device: Record, now: datetime) -> Iterator[Part]:
    health = device.get("health")
    if isinstance(health, dict):
        yield Part("Health", health_lines(health, lines=_LEDGER_LINES, now=now))
    yield from _tickets(device, now)
    yield from _warnings(device)
    yield from device_hardware.parts(device)
    yield _system(device)
    yield from _vitals(device)
    yield from _changes(device, now)
    yield from _not_read(device)
    yield _identity(device)
    yield device_agent.part(device, now)


def _score_line(health: Record) -> Text:
    value = number_of(health, "value")
    low, high = number_of(health, "low") or 0, number_of(health, "high") or 0
    confidence = percent(number_of(health, "confidence") or 0)
    if value is None:
        reason = text_of(health, "withheld_reason") or "too little is known"
        return Text.assemble(
            ("no score", "dim"), f": {reason}; between {low:.0f} and {high:.0f} so far"
        )
    provisional = ", provisional" if health.get("is_provisional") else ""
    return Text.assemble(
        paint.score(health, "value"),
        " of 100, ",
        paint.word(health.get("grade")),
        f"{provisional}; confidence {confidence}, between {low:.0f} and {high:.0f}",
    )


def _unknown(health: Record) -> Iterator[Text]:
    by_reason: dict[str, list[str]] = {}
    for category in records_of(health, "categories"):
        if category.get("evidence") == "unknown":
            reason = text_of(category, "reason").rstrip(".") or "never read"
            by_reason.setdefault(reason, []).append(text_of(category, "category"))
    for reason, names in by_reason.items():
        yield Text(f"not known: {', '.join(names)} ({reason})", style="dim")
    for category in records_of(health, "categories"):
        gaps = category.get("gaps")
        for gap in gaps if isinstance(gaps, list) else []:
            yield Text(f"not known: {gap}", style="dim")


def _tickets(device: Record, now: datetime) -> Iterator[Part]:
    tickets = records_of(device, "tickets")
    if not tickets:
        yield Part("Tickets", Text("none open", style="dim"))
        return
    table = grid(columns=6, wide=4)
    for ticket in tickets:
        table.add_row(
            f"#{ticket.get('number')}",
            paint.word(ticket.get("priority")),
            text_of(ticket, "tier"),
            paint.word(ticket.get("status")),
            Text(text_of(ticket, "title")),
            Text(ago(ticket.get("opened_at"), now=now), style="dim"),
        )
    yield Part("Tickets", table)


def _warnings(device: Record) -> Iterator[Part]:
    lines = []
    if device.get("clone_suspected_at"):
        lines.append("two agents seem to run from one copied state folder: enroll one of them anew")
    if device.get("possible_duplicate_of"):
        lines.append(f"may be the same machine as {device['possible_duplicate_of']}")
    if device.get("revoked_at"):
        lines.append(f"revoked: {text_of(device, 'revoke_reason') or 'no reason given'}")
    if lost := number_of(device, "lost_records"):
        lines.append(f"the agent had to drop {lost:.0f} records")
    for name, sentence in (
        ("failed_probes", "probes that fail: "),
        ("failed_units", "services that failed: "),
    ):
        found = device.get(name)
        if isinstance(found, list) and found:
            lines.append(sentence + ", ".join(str(one) for one in found))
    offset = number_of(device, "clock_offset_s") or 0.0
    if abs(offset) > 60:
        lines.append(f"its clock is {span(abs(offset))} {'behind' if offset > 0 else 'ahead'}")
    if lines:
        yield Part("Attention", Text("\n".join(lines), style="yellow"))


def _system(device: Record) -> Part:
    facts = record_of(section(device, "os"), "facts")
    readings = readings_of(device)
    uptime = readings.get("boot.uptime_s", {}).get("")
    pending = readings.get("updates.pending_count", {}).get("")
    security = readings.get("updates.security_count", {}).get("", 0)
    software = number_of(section(device, "software"), "row_count")
    lines = [
        joined(text_of(facts, "pretty_name") or text_of(device, "os_name"), _kernel(facts)),
        joined(
            f"up {span(uptime)}" if uptime is not None else "",
            "reboot pending" if readings.get("updates.reboot_pending", {}).get("") else "",
            text_of(facts, "time_zone"),
            text_of(facts, "domain"),
        ),
        _updates(pending, security),
        _security_updates(device),
        "" if software is None else f"{software:,.0f} packages of software",
    ]
    return Part("System", Text("\n".join(line for line in lines if line)))


def _updates(pending: float | None, security: float) -> str:
    if pending is None:
        return "pending updates: not known"
    if not pending:
        return "no updates pending"
    said = f", {security:.0f} for security" if security else ""
    return f"{pending:.0f} updates pending{said}"


def _security_updates(device: Record) -> str:
    names = [name for name, row in rows_of(device, "updates").items() if row.get("is_security")]
    more = f" and {len(names) - _UPDATES} more" if len(names) > _UPDATES else ""
    return f"for security: {', '.join(names[:_UPDATES])}{more}" if names else ""


def _kernel(facts: Record) -> str:
    return " ".join(
        text
        for name in ("kernel", "kernel_release", "architecture")
        if (text := text_of(facts, name))
    )


def _vitals(device: Record) -> Iterator[Part]:
    readings = readings_of(device)
    units = {text_of(one, "metric"): text_of(one, "unit") for one in records_of(device, "readings")}
    said = [
        f"{label} {quantity(sum(readings[metric].values()), units[metric])}"
        for metric, label in _VITALS
        if readings.get(metric)
    ]
    temperatures = readings.get("thermal.temperature_celsius", {})
    if temperatures:
        hottest = max(temperatures, key=lambda name: temperatures[name])
        said.append(f"hottest {temperatures[hottest]:.0f} °C ({hottest})")
    if said:
        observed = local(device.get("observed_at"))
        yield Part("Vitals", Group(Text(" · ".join(said)), Text(f"read {observed}", style="dim")))


def _changes(device: Record, now: datetime) -> Iterator[Part]:
    changes = records_of(device, "changes")
    if not changes:
        return
    table = grid(columns=4, wide=3)
    for change in changes[:_CHANGES]:
        table.add_row(
            Text(ago(change.get("at"), now=now), style="dim"),
            text_of(change, "section"),
            paint.word(change.get("kind")),
            Text(f"{text_of(change, 'path')} {change_words(change)}"),
        )
    more = len(changes) - _CHANGES
    hint = Text(f"and more: sickbay device changes {text_of(device, 'hostname')}", style="dim")
    yield Part("Changes", Group(table, hint) if more > 0 else table)


def change_words(change: Record) -> str:
    """Return what a change did to a value: "5.2 -> 5.3"."""
    old, new = text_of(change, "old"), text_of(change, "new")
    return f"{old} -> {new}" if old and new else old or new


def _not_read(device: Record) -> Iterator[Part]:
    reasons = {
        text_of(absence, "topic"): text_of(absence, "reason")
        for absence in records_of(device, "absences")
    }
    reasons |= {kind: str(reason) for kind, reason in record_of(device, "section_absences").items()}
    topics: dict[str, list[str]] = {}
    for topic, reason in sorted(reasons.items()):
        topics.setdefault(reason, []).append(topic)
    if topics:
        lines = [f"{', '.join(names)}: {reason}" for reason, names in topics.items()]
        yield Part("Not read", Text("\n".join(lines), style="dim"))


def _identity(device: Record) -> Part:
    evidence = record_of(device, "evidence")
    rows = (
        ("device", text_of(device, "device_id")),
        ("status", text_of(device, "status").replace("_", " ")),
        ("enrolled", local(device.get("enrolled_at"))),
        ("serial", text_of(evidence, "system_serial")),
        ("asset tag", text_of(evidence, "chassis_asset_tag")),
        ("uuid", text_of(evidence, "smbios_uuid")),
        ("runs on", text_of(evidence, "virtualization")),
    )
    return Part("Identity", named(rows))
