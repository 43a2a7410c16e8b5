"""The command `sickbay-agent`: each subcommand is a function of its options and its output.

Exit codes: 0 all well, 1 failure, 2 wrong use or configuration, 3 partly done.
"""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

import sickbay_agent.lean  # noqa: F401 - comes before all that would import hashlib

# isort: split
from sickbay_agent import __version__, bootstrap
from sickbay_agent.clock import Clock, SystemClock, Waiter
from sickbay_agent.config import AgentConfig, load_config
from sickbay_agent.errors import AgentError, ConfigError
from sickbay_agent.evidence import hardware_evidence
from sickbay_agent.model.record import ProblemReport
from sickbay_agent.probes import PROBES
from sickbay_agent.problems import ProblemInbox
from sickbay_agent.sampler import Sampler, Taken
from sickbay_agent.sleep import SleepWatch
from sickbay_agent.status import STALE_S, Status, read_status, status_json

OK, FAILURE, USAGE, PARTIAL = 0, 1, 2, 3

# Loads are differences of two samples; a second is enough to tell busy from idle.
_RATE_PAUSE_S = 1.0
_GREEN, _YELLOW, _RED = "32", "33", "31"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a command works with."""

    options: argparse.Namespace
    config: AgentConfig
    clock: Clock
    out: TextIO
    is_coloured: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=options.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
    )
    command: Callable[[Run], int] = options.command
    try:
        config = load_config(options.config, os.environ, _overrides(options))
        is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        run = Run(
            options=options,
            config=config,
            clock=SystemClock(),
            out=sys.stdout,
            is_coloured=is_coloured,
        )
        return command(run)
    except ConfigError as error:
        return _complain(error, USAGE)
    except AgentError as error:
        return _complain(error, FAILURE)
    except BrokenPipeError:
        # Who read the output has enough; do not complain when it is closed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def enroll(run: Run) -> int:
    """Give this device an identity."""
    keeper = bootstrap.make_keeper(run.config)
    identity = keeper.load()
    if identity is not None:
        print(f"enrolled already as device {identity.device_id}", file=run.out)
        return OK
    bootstrap.required_token(run.config)
    sampler = bootstrap.make_sampler(run.config, cache=None)
    sections = sampler.take(run.clock.now(), slow=True).sections
    identity = bootstrap.enroll(run.config, keeper, hardware_evidence(sections))
    print(f"enrolled as device {identity.device_id}", file=run.out)
    return OK


def run_agent(run: Run) -> int:
    """Sample, store and send until told to stop."""
    waiter = Waiter(run.options.parent_pid)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: waiter.stop())
    sleep = SleepWatch(run.config.roots.run, waiter.wake)
    with bootstrap.open_spool(run.config, run.clock) as spool:
        loop = bootstrap.make_loop(run.config, waiter, spool, sleep)
        sleep.start()
        loop.run()
        sleep.close()
    return OK


def once(run: Run) -> int:
    """Show what would be reported now."""
    from sickbay_agent import show  # noqa: PLC0415 - not in the running agent

    sampler = bootstrap.make_sampler(run.config, cache=None)
    taken = _take_twice(sampler, run, pause_s=_RATE_PAUSE_S)
    failed = show.failed_probes(taken.sample)
    if run.options.json:
        boot_id = bootstrap.moment_of(run.config, run.clock)().boot_id
        print(show.report_json(taken, boot_id=boot_id), file=run.out)
    else:
        print(*show.report_lines(taken), sep="\n", file=run.out)
    for line in failed:
        sys.stderr.write(f"probe {line}\n")
    return PARTIAL if failed else OK


def probe(run: Run) -> int:
    """Run one probe, or list all."""
    from sickbay_agent import show  # noqa: PLC0415 - not in the running agent

    if run.options.list:
        for one in PROBES:
            print(f"{one.name:<20} {one.cadence}", file=run.out)
        return OK
    found = [one for one in PROBES if one.name == run.options.name]
    if not found:
        raise ConfigError(
            f"no probe is named {run.options.name!r}; see `sickbay-agent probe --list`"
        )
    sampler = Sampler(found, run.config.roots, monotonic=time.monotonic)
    taken = _take_twice(sampler, run, pause_s=_RATE_PAUSE_S)
    print(show.probe_json(found[0].name, taken), file=run.out)
    return FAILURE if show.failed_probes(taken.sample) else OK


def examine(run: Run) -> int:
    """Look for what is wrong."""
    from sickbay_agent import doctor  # noqa: PLC0415 - not in the running agent

    colours = {
        doctor.Verdict.OK: _GREEN,
        doctor.Verdict.WARNING: _YELLOW,
        doctor.Verdict.FAILED: _RED,
    }
    findings = doctor.examine(run.config, run.clock)
    for finding in findings:
        verdict = _coloured(f"{finding.verdict:<8}", colours[finding.verdict], run)
        print(f"{verdict} {finding.check}: {finding.text}", file=run.out)
    verdicts = {finding.verdict for finding in findings}
    if doctor.Verdict.FAILED in verdicts:
        return FAILURE
    return PARTIAL if doctor.Verdict.WARNING in verdicts else OK


def status(run: Run) -> int:
    """Show how the running agent fares."""
    found = read_status(bootstrap.Places(state_dir=run.config.state_dir).status)
    if run.options.json:
        print(status_json(found), end="", file=run.out)
    else:
        print(*_status_lines(found, run.clock.now()), sep="\n", file=run.out)
    is_stale = (run.clock.now() - found.written_at).total_seconds() > STALE_S
    return FAILURE if is_stale or found.last_error is not None else OK


def report_problem(run: Run) -> int:
    """Hand a user's problem to the running agent."""
    text = sys.stdin.read(64 << 10) if run.options.text == "-" else run.options.text
    inbox = ProblemInbox(bootstrap.Places(state_dir=run.config.state_dir).problems)
    inbox.add(ProblemReport(text=text, user_name=_user_name()))
    print("noted: the running agent sends it with its next sample", file=run.out)
    return OK


def _take_twice(sampler: Sampler, run: Run, *, pause_s: float) -> Taken:
    from sickbay_agent import show  # noqa: PLC0415 - not in the running agent

    first = sampler.take(run.clock.now(), slow=True, process_names=run.config.process_names)
    Waiter().wait(pause_s)
    second = sampler.take(run.clock.now(), slow=False, process_names=run.config.process_names)
    return show.with_rates(first, second)


def _status_lines(found: Status, now: datetime) -> list[str]:
    lines = [
        f"device       {found.device_id or 'not enrolled yet'}",
        f"agent        {found.version}, pid {found.pid}, last seen {_ago(found.written_at, now)}",
        f"certificate  until {_moment(found.certificate_expires_at)}",
        f"last sample  {_ago(found.last_sample_at, now)}",
        f"last ack     {_ago(found.last_ack_at, now)}",
        f"next report  {_moment(found.next_report_at)}",
    ]
    lines += [
        f"{name:<12} {lane.records} waiting, {lane.size_bytes} bytes"
        for name, lane in found.lanes.items()
    ]
    lines.append(f"last error   {found.last_error or 'none'}")
    return lines


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{(now - at).total_seconds():.0f} s ago"


def _moment(at: datetime | None) -> str:
    return "not known" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _user_name() -> str:
    """Return who runs this, also behind sudo; empty where it cannot be told."""
    import getpass  # noqa: PLC0415 - not in the running agent

    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (OSError, KeyError):
        return ""


def _coloured(text: str, code: str, run: Run) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if run.is_coloured else text


def _complain(error: AgentError, code: int) -> int:
    sys.stderr.write(f"sickbay-agent: {error}\n")
    return code


def _overrides(options: argparse.Namespace) -> dict[str, str]:
    """Return the settings that were given as options."""
    names = ("state_dir", "collector", "enrollment", "server_name", "ca_file", "token_file")
    given = {name: getattr(options, name, None) for name in names}
    absolute = {"state_dir", "ca_file", "token_file"}
    return {
        name: str(Path(value).absolute()) if name in absolute else value
        for name, value in given.items()
        if value is not None
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sickbay-agent",
        description="Takes this device's vitals and reports them to a Sickbay collector.",
        epilog="Exit codes: 0 all well, 1 failure, 2 wrong use or configuration, 3 partly done.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = _command(
        commands,
        "enroll",
        enroll,
        "sickbay-agent enroll --collector c.example:7443 --token-file /root/token",
    )
    _add_collector(one)
    one = _command(commands, "run", run_agent, "sickbay-agent run --config /etc/sickbay/agent.toml")
    _add_collector(one)
    one.add_argument("--parent-pid", type=int, metavar="PID", help="stop when this parent ends")
    one = _command(commands, "once", once, "sickbay-agent once --json | jq .sample.cpu")
    one.add_argument("--json", action="store_true", help="the full report as JSON")
    one = _command(commands, "probe", probe, "sickbay-agent probe volumes")
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?", metavar="NAME", help="the probe")
    which.add_argument("--list", action="store_true", help="list all probes")
    one = _command(commands, "doctor", examine, "sickbay-agent doctor")
    _add_collector(one)
    one = _command(commands, "status", status, "sickbay-agent status --json")
    one.add_argument("--json", action="store_true", help="as JSON")
    one = _command(
        commands, "report-problem", report_problem, 'sickbay-agent report-problem "no sound"'
    )
    one.add_argument("text", metavar="TEXT", help="at most 4000 characters; - reads from stdin")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    function: Callable[[Run], int],
    example: str,
) -> argparse.ArgumentParser:
    summary = (function.__doc__ or "").strip()
    parser = commands.add_parser(
        name, help=summary, description=summary, epilog=f"Example: {example}"
    )
    parser.set_defaults(command=function)
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file")
    parser.add_argument("--state-dir", metavar="DIR", help="where the agent keeps its things")
    parser.add_argument(
        "--log-level",
        default="info" if name == "run" else "warning",
        choices=["debug", "info", "warning", "error"],
        help="what to say on stderr",
    )
    return parser


def _add_collector(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collector", metavar="NAME:PORT", help="the agents' port (7443)")
    parser.add_argument("--enrollment", metavar="NAME:PORT", help="the enrollment port (7444)")
    parser.add_argument("--server-name", metavar="NAME", help="name in its certificate")
    parser.add_argument("--ca-file", metavar="FILE", help="authority to trust at enrollment, PEM")
    parser.add_argument("--token-file", metavar="FILE", help="file that holds the token")


if __name__ == "__main__":
    sys.exit(main())
