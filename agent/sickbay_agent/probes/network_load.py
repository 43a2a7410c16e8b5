"""Traffic and errors of network interfaces since the sample before, from <proc>/net/dev."""

from collections.abc import Mapping
from pathlib import Path

from sickbay_agent.errors import Unknown
from sickbay_agent.model.observation import Observation
from sickbay_agent.model.sample import NetworkSample, Sample
from sickbay_agent.probes.contract import Cadence, Context, Probe
from sickbay_agent.probes.files import parse_int, read_text, read_value
from sickbay_agent.probes.network import INTERFACE_LIMIT, interface_folders

# Columns of <proc>/net/dev behind the name. Source: proc_net(5).
_COLUMNS: Mapping[str, tuple[int, ...]] = {
    "received_bytes": (0,),
    "sent_bytes": (8,),
    "packets": (1, 9),
    "errors": (2, 10),
}


def parse(text: str) -> dict[str, dict[str, int]]:
    """Return for each interface of <proc>/net/dev its running totals."""
    totals: dict[str, dict[str, int]] = {}
    for line in text.splitlines()[2:]:
        name, _, rest = line.partition(":")
        numbers = [parse_int(item) for item in rest.split()]
        values = [number for number in numbers if number is not None]
        if len(values) == len(numbers) >= 16:
            totals[name.strip()] = {
                what: sum(values[column] for column in columns)
                for what, columns in _COLUMNS.items()
            }
    return totals


def read(context: Context) -> Observation:
    """Return what each interface moved since the run before; the loopback is left out."""
    text = read_text(context.roots.proc / "net/dev")
    if text is None:
        raise Unknown("/proc/net/dev cannot be read")
    totals = parse(text)
    counters: dict[str, float] = {}
    networks: list[NetworkSample] = []
    truncated = False
    for folder in interface_folders(context.roots):
        if folder.name == "lo" or folder.name not in totals:
            continue
        if len(networks) == INTERFACE_LIMIT:
            truncated = True
            break
        now = {f"{folder.name}/{what}": total for what, total in totals[folder.name].items()}
        counters.update(now)
        networks.append(_sample(folder, now, context.previous))
    sample = Sample(networks=tuple(networks), truncated=truncated)
    return Observation(sample=sample, counters=counters)


def _sample(folder: Path, now: Mapping[str, int], previous: Mapping[str, float]) -> NetworkSample:
    name = folder.name
    return NetworkSample(
        interface=name,
        received_bytes=_grown(f"{name}/received_bytes", now, previous),
        sent_bytes=_grown(f"{name}/sent_bytes", now, previous),
        packets=_grown(f"{name}/packets", now, previous),
        errors=_grown(f"{name}/errors", now, previous),
        is_up=_is_up(read_value(folder / "operstate")),
    )


def _grown(key: str, now: Mapping[str, int], previous: Mapping[str, float]) -> int | None:
    """Return the growth of a total; None at the first run and where it began anew."""
    if key not in previous or now[key] < previous[key]:
        return None
    return now[key] - int(previous[key])


def _is_up(operstate: str | None) -> bool | None:
    """Return whether there is a link; tunnels and the like do not know ("unknown")."""
    return None if operstate in {None, "unknown"} else operstate == "up"


PROBE = Probe(
    name="network_load",
    cadence=Cadence.SAMPLE,
    read=read,
    topics=("networks",),
)
