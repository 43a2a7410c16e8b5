"""What the quick start prints for people: the device, its score with ledger, where to go."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sickbay_collector.cli.quickstart_flow import FirstReport, summary
from sickbay_collector.core.health.model import Score


def print_page(report: FirstReport, *, stays: bool) -> None:
    """Print the first report on standard output."""
    console = Console(highlight=False, soft_wrap=True)
    facts = summary(report)
    console.print()
    console.print(Text(str(facts["hostname"]), style="bold"), f"({facts['device_id']})")
    table = Table.grid(padding=(0, 2))
    for label, value in _lines(facts):
        table.add_row(Text(label, style="dim"), Text(value))
    console.print(table)
    if report.detail.score is not None:
        console.print()
        _print_ledger(console, report.detail.score)
    console.print()
    _print_next(console, report, stays=stays)


def _lines(facts: dict[str, object]) -> list[tuple[str, str]]:
    model = str(facts["model"] or f"no model: {facts['model_reason']}")
    sections = facts["sections"]
    count = len(sections) if isinstance(sections, list) else 0
    return [
        ("Model", model),
        ("Virtualisation", str(facts["virtualization"] or "unknown")),
        ("System", str(facts["os"] or "unknown")),
        ("Software", f"{facts['software_count']} packages"),
        ("Inventory", f"{count} sections"),
        ("First report", f"{facts['seconds']} s after the start"),
    ]


def _print_ledger(console: Console, score: Score) -> None:
    if score.value is None:
        console.print(Text("Health: no score yet", style="bold"), f"({score.withheld_reason})")
    else:
        console.print(Text(f"Health: {score.value:.0f} of 100", style="bold"))
    console.print(
        f"  between {score.low:.0f} and {score.high:.0f}, confidence {score.confidence:.0%}"
    )
    for line in score.ledger:
        sentence = line.cap.sentence if line.cap else line.finding.title
        console.print(f"  {-line.points:6.1f}  {sentence}")
    if not score.ledger:
        console.print("     0.0  nothing found that costs points")
    for one in score.unknown:
        console.print(Text(f"       ?  {one.category.value}: {one.reason}", style="dim"))
    for one in score.not_applicable:
        console.print(Text(f"     n/a  {one.category.value}: {one.reason}", style="dim"))


def _print_next(console: Console, report: FirstReport, *, stays: bool) -> None:
    facts = summary(report)
    console.print(
        f"Console  {facts['console_url']} (login {facts['console_login']}, password in"
        f" {facts['console_password_file']})"
    )
    console.print(f"API      {facts['api_url']} (token in {report.directory / 'cli.toml'})")
    console.print(f"Metrics  {facts['metrics_url']}")
    if stays:
        device = f"{facts['hostname']} --dir {report.directory}"
        console.print(f"Look     sickbay device show {device}")
        console.print("Stop     Ctrl-C")
