"""The week reckoned anew from worklog, deliveries and documents; nothing of the product's core.

Each function returns differences as lines: which ticket, what was expected, what was found.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from tests.week.plain import Entry as Said
from tests.week.plain import Plain, seconds
from tests.week.records import Entry, Records, Row

NEAR = timedelta(seconds=2)
"""How late something may be that is due."""
_PENDING = {"pending_user", "pending_vendor", "pending_change"}
_WORKED = _PENDING | {"assigned", "in_progress"}
_ACTIVE = _WORKED | {"new", "reopened"}
_OVER = {"closed", "cancelled"}
_COUNTED = _ACTIVE - _PENDING
_RANKS = ("urgent", "high", "medium", "low")


@dataclass(slots=True)
class Life:
    """What a ticket is like while its worklog is read."""

    row: Row
    status: str = ""
    priority: str = ""
    tier: str = ""
    assignee: str = ""
    category: str = ""
    service: str = ""
    acknowledged: bool = False
    snoozed: str = ""

    def __post_init__(self) -> None:
        self.category, self.service = self.row["category"], self.row["service"]

    @property
    def subject(self) -> Mapping[str, str]:
        """What promises look at."""
        return {"priority": self.priority, "category": self.category, "service": self.service}

    def read(self, entry: Entry) -> None:
        """Take on what an entry says."""
        now = entry.after
        self.status = now.get("status", self.status)
        self.priority = now.get("priority", self.priority)
        self.tier = now.get("tier", self.tier)
        self.assignee = now.get("assignee", self.assignee)
        self.category = now.get("category", self.category)
        self.service = now.get("service", self.service)
        self.snoozed = now.get("snoozed_until", self.snoozed)
        self.acknowledged = self.acknowledged or bool(now.get("acknowledged_at"))


@dataclass(slots=True)
class Reckoning:
    """Compares a week.

    Args:
        plain: What the documents say.
        records: What is there.
        until: The end of the week.
    """

    plain: Plain
    records: Records
    until: datetime
    stops: dict[str, list[tuple[int, datetime]]] = field(default_factory=lambda: defaultdict(list))
    """Of each ticket: when paging of a run had to end."""
    ends: Counter[str] = field(default_factory=Counter)
    """How clocks ended: "response met", ..."""

    def differences(self) -> list[str]:
        """Return all of them."""
        found: list[str] = []
        for ticket_id, log in self.records.by_ticket().items():
            name = f"ticket {self.records.tickets[ticket_id]['number']}"
            for check in (self.history, self.clocks, self.tiers, self.pages, self.told):
                found += [f"{name}, {check.__name__}: {one}" for one in check(ticket_id, log)]
        return [*found, *self.assignments(), *self.one_open(), *self.messages(), *self.majors()]

    # Status

    def history(self, ticket_id: str, log: list[Entry]) -> Iterator[str]:
        """Each step is one that the life of a ticket has, and begins where the last one ended."""
        status = ""
        for entry in log:
            was, now = entry.before.get("status"), entry.after.get("status")
            if now is None:
                continue
            if status and was != status:
                yield f"expected to be {status} at {entry.at}, found {was}"
            if status and not _may(status, now, entry):
                yield f"{status} to {now} by {entry.actor} ({entry.event}) is no step"
            status = now
        if status != self.records.tickets[ticket_id]["status"].value:
            yield f"expected {status}, found {self.records.tickets[ticket_id]['status']}"

    def one_open(self) -> Iterator[str]:
        """No device has two tickets of a family at once."""
        spans: dict[tuple[str, str], list[tuple[datetime, datetime, int]]] = defaultdict(list)
        for row in self.records.tickets.values():
            if row["family"]:
                spans[row["device_id"], row["family"]].append(
                    (row["opened_at"], row["closed_at"] or self.until, row["number"])
                )
        for key, found in spans.items():
            found.sort()
            for (_, end, first), (begin, _, second) in pairwise(found):
                if begin < end:
                    yield f"tickets {first} and {second} are open at once for {key}"

    # Clocks

    def clocks(self, ticket_id: str, log: list[Entry]) -> Iterator[str]:
        """What was used, the outcome, and when it was warned of, by counting minutes."""
        for target in ("response", "resolution"):
            mine = Clock(self.plain, target)
            life = Life(self.records.tickets[ticket_id])
            for entry in log:
                if entry.event in {"sla_warned", "sla_breached"}:
                    continue
                mine.pass_time(entry.at)
                life.read(entry)
                mine.follow(life, entry)
            mine.pass_time(self.until + timedelta(seconds=1))
            self.ends.update(f"{target} {end}" for end in mine.ended)
            yield from self._clock(ticket_id, target, mine, log)

    def _clock(self, ticket_id: str, target: str, mine: "Clock", log: list[Entry]) -> Iterator[str]:
        row = self.records.clocks.get((ticket_id, target))
        if row is None or mine.policy is None:
            if (row is None) != (mine.policy is None):
                yield f"{target}: expected a clock: {mine.policy is not None}, found {row}"
            return
        # What is missed stays so, also while it stands still.
        is_missed = mine.state == "late" or (mine.state == "paused" and mine.is_late)
        state = "breached" if is_missed else mine.state
        if state != row["state"].value and not mine.is_close:
            yield f"{target}: expected {state} after {mine.used_s:g} s, found {row['state']}"
        if mine.policy["id"] != row["policy"]:
            yield f"{target}: expected policy {mine.policy['id']}, found {row['policy']}"
        for event, expected in (("sla_warned", mine.warned), ("sla_breached", mine.breached)):
            found = [
                one.at for one in log if one.event == event and one.text.lower().startswith(target)
            ]
            if not _same_times(expected, found):
                yield f"{target}: expected {event} at {_list(expected)}, found {_list(found)}"

    # Tiers

    def tiers(self, ticket_id: str, log: list[Entry]) -> Iterator[str]:
        """The time of a tier ends in a step to the next one, neither early nor late.

        A ticket that another stands for stays where it is until that one is over.
        """
        life = Life(self.records.tickets[ticket_id])
        spent, last, moved = 0.0, log[0].at, 0
        for entry in [*log, None]:
            now = self.until if entry is None else entry.at
            spec = self.plain.tiers.get(life.tier, {})
            if "time_limit" in spec and life.status in _COUNTED:
                hours, limit = self.plain.calendars[spec["calendar"]], seconds(spec["time_limit"])
                spent += hours.worked_s(last, now)
                over = entry is not None and entry.event == "escalated" and "are used" in entry.text
                if spent > limit + 2 and not over:
                    yield f"expected to leave {life.tier} after {limit} s, found {spent:g} s"
                    return
                if over and spent < limit:
                    yield f"left {life.tier} after {spent:g} s, expected {limit} s"
            if entry is None or (entry.event == "problem" and "stands for it" in entry.text):
                return
            last = now
            if entry.before.get("assignee") and entry.after.get("assignee"):
                moved += 1
            if "tier" in entry.after:
                spent, moved = 0.0, 0
            life.read(entry)
            if moved >= spec.get("reassign_limit", 99):
                ups = [
                    one for one in log if one.text.find("Reassigned") > 0 and one.at - now <= NEAR
                ]
                if life.status in _COUNTED and not ups:
                    yield f"expected to leave {life.tier} after {moved} moves at {now}"
                moved = 0

    # Escalation

    def pages(self, ticket_id: str, log: list[Entry]) -> Iterator[str]:
        """Each step was done when it was due, reached whom it had to, and none after the end."""
        steps = Paging(self.plain, self, ticket_id, log).steps()
        expected = [one for one in steps if not self.records.hushed(ticket_id, one[2])]
        found = [
            (row["run"], row["position"], row["at"], tuple(sorted(row["told"])))
            for row in self.records.steps.get(ticket_id, ())
        ]
        for mine, theirs in zip(expected, found, strict=False):
            same = mine[:2] == theirs[:2] and abs(mine[2] - theirs[2]) <= NEAR
            if not same or mine[3] != theirs[3]:
                yield f"expected step {mine}, found {theirs}"
        if len(expected) != len(found):
            yield f"expected {len(expected)} steps, found {len(found)}: {found[len(expected) :]}"

    # Messages

    def told(  # noqa: C901 - a table of who hears of what
        self, ticket_id: str, log: list[Entry]
    ) -> Iterator[str]:
        """Requesters and technicians were told what concerns them, each once."""
        row = self.records.tickets[ticket_id]
        expected: Counter[tuple[str, str]] = Counter()
        life, asks = Life(row), f"person:{row['requester']}"
        for entry in log:
            was, had = life.status, life.assignee
            life.read(entry)
            if entry.event == "sla_breached":
                expected[asks, "breach"] += 1
            if entry.event in {"sla_breached", "sla_warned"}:
                hushed = self.records.hushed(ticket_id, entry.at)
                for one in [] if hushed else self._who(life):
                    expected[one, entry.event] += 1
                continue
            if not entry.after:
                continue
            given = bool(life.assignee) and life.assignee != had
            if not was:
                expected[asks, "receipt"] += 1
            elif life.status != was and life.status == "resolved":
                expected[asks, "resolution"] += 1
            elif life.status != was and life.status in _PENDING:
                expected[asks, "waiting"] += 1
            elif given:
                expected[asks, "assignment"] += 1
            if given and entry.actor != life.assignee:
                expected[f"technician:{life.assignee}", "assigned"] += 1
        found = Counter(
            (one["recipient"], one["payload"]["event"])
            for one in self.records.outbox
            if one["ticket_id"] == ticket_id
            and one["payload"]["event"] not in {"escalation", "major"}
        )
        for key in expected.keys() | found.keys():
            if key[0] != "person:" and expected[key] != found[key]:
                yield f"{key}: expected {expected[key]}, found {found[key]}"

    def _who(self, life: Life) -> list[str]:
        """Return who is told of a target: who has the ticket, else the team that is there."""
        if life.assignee:
            return [f"technician:{life.assignee}"]
        return []  # a team is told by name; who that is stands in the message

    def messages(self) -> Iterator[str]:
        """Nothing went out twice, after an acknowledgement, or into a quiet night."""
        rows = {row["key"]: row for row in self.records.outbox}
        went = Counter(one["key"] for one in self.records.deliveries if one["state"].value in _WENT)
        yield from (
            f"message {key}: went out {count} times" for key, count in went.items() if count > 1
        )
        for key, row in rows.items():
            late = row["not_before"] < self.until and row["state"].value in {"queued", "retried"}
            if late:
                yield f"message {key}: expected to be sent, found {row['state']}"
        for one in self.records.deliveries:
            row = rows[one["key"]]
            if one["state"].value not in _WENT:
                continue
            yield from self._page_in_time(one, row)
            yield from self._in_quiet(one, row)

    def _page_in_time(self, one: Row, row: Row) -> Iterator[str]:
        if row["payload"].get("event") != "escalation":
            return
        run = int(row["key"].split(":")[2])
        for number, stopped in self.stops[row["ticket_id"]]:
            if number == run and one["at"] > stopped + NEAR:
                yield f"message {one['key']}: sent at {one['at']}, paging ended at {stopped}"

    def _in_quiet(self, one: Row, row: Row) -> Iterator[str]:
        kind, _, login = one["recipient"].partition(":")
        person = self.plain.technicians.get(login, {}) if kind == "technician" else {}
        if "quiet_hours" not in person or row["payload"]["priority"] == "urgent":
            return
        begin, end = person["quiet_hours"].split("-")
        clock = one["at"].astimezone(self.plain.zone_of(login)).strftime("%H:%M")
        if clock >= begin or clock < end:
            yield f"message {one['key']}: sent to {login} at {clock}, who is quiet {begin}-{end}"

    # Who has it

    def assignments(self) -> Iterator[str]:
        """Whoever the desk gave a ticket to could have it, and nobody was better in all."""
        lives: dict[str, Life] = {}
        for entry in self.records.log:
            row = self.records.tickets[entry.ticket_id]
            life = lives.setdefault(entry.ticket_id, Life(row))
            life.read(entry)
            login = entry.after.get("assignee", "")
            if login and entry.actor == "sickbay" and entry.event == "assigned":
                loads = Counter(
                    one.assignee
                    for key, one in lives.items()
                    if one.assignee and one.status in _ACTIVE and key != entry.ticket_id
                )
                yield from self._fit(entry, life, login, loads)

    def _fit(self, entry: Entry, life: Life, login: str, loads: Counter[str]) -> Iterator[str]:
        number = life.row["number"]
        why = self._unfit(login, life, entry.at, loads)
        if why:
            yield f"ticket {number}: {login} got it at {entry.at}, {why}"
            return
        mine = self._merits(login, life, entry.at, loads)
        for other in self.plain.technicians:
            if other == login or self._unfit(other, life, entry.at, loads):
                continue
            handed = (
                other == entry.before.get("assignee") or "escalated" in life.row["routing_reason"]
            )
            theirs = self._merits(other, life, entry.at, loads)
            margin = [b - a for a, b in zip(mine, theirs, strict=True)]
            # Past success counts ten of a hundred, so less than that decides nothing.
            if not handed and min(margin) >= 0 and max(margin) > 0 and _worth(margin) > _PAST:
                yield f"ticket {number}: {login} {mine} got it at {entry.at}, not {other} {theirs}"

    def _unfit(self, login: str, life: Life, at: datetime, loads: Counter[str]) -> str:
        person = self.plain.technicians[login]
        site = life.row["site"] or self._site(life.row["requester"])
        lacks = [
            one
            for one in life.row["required_skills"]
            if person.get("skills", {}).get(one, 0) < _LEVELS[one]
        ]
        if life.tier not in person["tiers"]:
            return f"who is not of {life.tier}"
        if lacks:
            return f"who lacks {lacks}"
        if site and person.get("sites") and site not in person["sites"]:
            return f"who does not work for {site}"
        if self.plain.absent(login, at):
            return "who is away"
        return "who is full" if loads[login] >= person["capacity"] else ""

    def _merits(
        self, login: str, life: Life, at: datetime, loads: Counter[str]
    ) -> tuple[float, ...]:
        """Return what counts, each from 0 to 1: shift, load, level, language, site."""
        person = self.plain.technicians[login]
        skills: Said = person.get("skills", {})
        named = {life.category, life.row["subcategory"]} & _SKILLS
        wanted = set(life.row["required_skills"]) | named
        level = sum(skills.get(one, 0) for one in wanted) / len(wanted) / 5 if wanted else 1.0
        language = self._language(life.row["requester"])
        site = life.row["site"] or self._site(life.row["requester"])
        return (
            float(self.plain.on_shift(login, at)),
            round(1 - loads[login] / person["capacity"], 6),
            round(level, 6),
            float(not language or language in person["languages"]),
            1.0 if not site or person.get("sites") else 0.5,
        )

    def _site(self, requester: str) -> str:
        return str(self.records.people[requester]["site"]) if requester else ""

    def _language(self, requester: str) -> str:
        return str(self.records.people[requester]["language"]) if requester else ""

    # Figures

    def figures(self) -> Mapping[str, float | None]:
        """Return the key figures of the week, counted in the worklog."""
        log, rows = self.records.log, self.records.tickets
        ends = [one for one in log if one.after.get("status") == "resolved"]
        acks = [one for one in log if one.after.get("acknowledged_at")]
        raised = {one.ticket_id for one in log if "tier_raises" in one.after}
        waits = [row for row in rows.values() if row["status"].value in _ACTIVE]
        oldest = min(row["opened_at"] for row in waits)
        return {
            "opened": sum(one.event == "opened" for one in log),
            "acknowledged": len(acks),
            "resolved": len(ends),
            "auto_resolved": sum(not one.by_hand for one in ends),
            "reopened": sum("reopen_count" in one.after for one in log),
            "escalated": len(raised),
            "closed": sum(one.after.get("status") == "closed" for one in log),
            "acknowledge_mean_s": _mean([self._age_s(one) for one in acks]),
            "resolve_mean_s": _mean([self._age_s(one) for one in ends]),
            "response_kept_ratio": self._kept("response"),
            "resolution_kept_ratio": self._kept("resolution"),
            "backlog": len(waits),
            "backlog_oldest_s": (self.until - oldest).total_seconds(),
        }

    def counters(self) -> Mapping[str, int]:
        """Return what the counters of Prometheus have to come to, counted in the worklog."""
        log = self.records.log
        states = Counter(one.after.get("status", "") for one in log if one.event != "merged")
        return {
            "opened": sum(one.event == "opened" for one in log),
            "resolved": states["resolved"],
            "reopened": states["reopened"],
            "escalated": sum("tier_raises" in one.after for one in log),
            "reassigned": sum("reassignments" in one.after for one in log),
            "closed": states["closed"],
            "cancelled": states["cancelled"],
        }

    def _age_s(self, entry: Entry) -> float:
        opened: datetime = self.records.tickets[entry.ticket_id]["opened_at"]
        return (entry.at - opened).total_seconds()

    def _kept(self, target: str) -> float | None:
        met, late = self.ends[f"{target} met"], self.ends[f"{target} breached"]
        return met / (met + late) if met + late else None

    # Major incidents

    def majors(self) -> Iterator[str]:
        """Each missed update was reminded of: at its time, then at half the interval."""
        for ticket_id, log in self.records.by_ticket().items():
            begin = next((one.at for one in log if one.after.get("major") == "True"), None)
            if begin is None:
                continue
            over = next(
                (one.at for one in log if one.after.get("status") in {"resolved", "cancelled"}),
                self.until,
            )
            every = timedelta(minutes=30)
            updates = [one.at for one in log if one.event == "update"]
            expected, due = [], begin + every
            while due < over or due == self.until:
                while updates and updates[0] <= due:
                    due = updates.pop(0) + every
                if due < over or due == self.until:
                    expected.append(due)
                due += every / 2
            found = [one.at for one in log if one.text.startswith("An update is late")]
            if not _same_times(expected, found):
                number = self.records.tickets[ticket_id]["number"]
                yield f"ticket {number}: expected reminders {_list(expected)}, found {_list(found)}"


_WENT = {"sent", "delivered"}
_SKILLS = {"hardware", "storage", "software", "network", "security", "access", "database"}
_LEVELS = {"database": 2}
_PAST = 10.0


def _worth(margin: list[float]) -> float:
    shift, load, level, language, site = margin
    return 15 * shift + 25 * load + 10 * level + 5 * language + 5 * site


class Clock:
    """One target of one ticket, by counting."""

    def __init__(self, plain: Plain, target: str) -> None:
        self.plain, self.target = plain, target
        self.policy: Said | None = None
        self.used_s = 0.0
        self.state = "running"
        self.warned: list[datetime] = []
        self.breached: list[datetime] = []
        self.is_close = False
        self.ended: list[str] = []
        self._is_warned = self._is_late = False
        self._at: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether more was used than is allowed."""
        return self._is_late

    @property
    def within_s(self) -> int:
        """How much is allowed."""
        assert self.policy is not None
        return seconds(self.policy[self.target]["within"])

    def pass_time(self, now: datetime) -> None:
        """Count until now, and note what was announced in between."""
        if self.policy is None or self._at is None:
            return
        if self.state in {"running", "late"}:
            hours = self.plain.calendars[self.policy[self.target]["calendar"]]
            before = self.used_s
            self.used_s += hours.worked_s(self._at, now)
            self._announce(hours.reached, before, now)
        self._at = now

    def _announce(
        self, reached: Callable[[datetime, float], datetime], before: float, now: datetime
    ) -> None:
        assert self._at is not None
        for share, said in ((0.75, self.warned), (1.0, self.breached)):
            done = self._is_warned if share < 1 else self._is_late
            amount = self.within_s * share
            if done or self.used_s < amount:
                continue
            when = max(self._at, reached(self._at, amount - before))
            if when + timedelta(seconds=1) > now:
                self.is_close = True
                continue
            if share < 1:
                self._is_warned = True
                late = reached(self._at, self.within_s - before)
                if self.used_s > self.within_s and late <= self._at:
                    continue  # past both at once: only the worse is said
            else:
                self._is_late, self.state = True, "late"
            said.append(when)

    def follow(self, life: Life, entry: Entry) -> None:  # noqa: C901 - one line a rule
        """Start, pause, go on, stop or change terms as the ticket is now."""
        over = life.status in {"resolved", "closed"}
        answered = self.target == "response" and life.acknowledged
        if self.policy is None:
            if not over and life.status != "cancelled":
                self.policy = self.plain.promise(life.subject, self.target)
                self._at = entry.at
            if self.policy is None:
                return
        elif self.state not in _ENDS:
            self._retarget(life)
        elif not over and not answered and life.status != "cancelled":
            self.state = "running"
            self._retarget(life)
        if self.state in _ENDS:
            return
        if life.status == "cancelled":
            self.state = "cancelled"
        elif answered or over:
            late = self._is_late or self.used_s > self.within_s
            open_ = self.target == "response" and not life.acknowledged
            self.state = "breached" if late else "cancelled" if open_ else "met"
        elif life.status in _PENDING:
            self.state = "paused"
        elif self.state == "paused":
            self.state = "running"
        if self.state in _ENDS:
            self.ended.append(self.state)
        if self._is_late and self.state == "running":
            self.state = "late"

    def _retarget(self, life: Life) -> None:
        wanted = self.plain.promise(life.subject, self.target)
        if wanted is None or wanted is self.policy:
            return
        self.policy = wanted
        self._is_warned = self._is_warned and self.used_s >= 0.75 * self.within_s
        self._is_late = self._is_late and self.used_s >= self.within_s
        if self.state == "late" and not self._is_late:
            self.state = "running"


_ENDS = {"met", "breached", "cancelled"}


class Paging:
    """The escalation of one ticket, step by step."""

    def __init__(self, plain: Plain, week: Reckoning, ticket_id: str, log: list[Entry]) -> None:
        self.plain, self.week, self.ticket_id = plain, week, ticket_id
        self.log = log
        self.life = Life(week.records.tickets[ticket_id])
        self.run = 0
        self.live = False
        self.acked = False
        self.plan: list[Said] = []
        self.position = 0
        self.due: datetime | None = None
        self.left_s: float | None = None

    def steps(self) -> Iterator[tuple[int, int, datetime, tuple[str, ...]]]:
        """Yield run, position, when and who of each step that had to be done."""
        for entry in self.log:
            yield from self._until(entry.at)
            was = Life(self.life.row)
            was.status, was.priority, was.snoozed = (
                self.life.status,
                self.life.priority,
                self.life.snoozed,
            )
            was.acknowledged = self.life.acknowledged
            self.life.read(entry)
            self._follow(was, entry)
        yield from self._until(self.week.until + timedelta(microseconds=1))

    def _until(self, now: datetime) -> Iterator[tuple[int, int, datetime, tuple[str, ...]]]:
        while self.live and self.due is not None and _tick(self.due) < now:
            at = self.due
            if self.position >= len(self.plan):
                self.live = False
                return
            step = self.plan[self.position]
            told = tuple(sorted(self._told(step, at)))
            yield self.run, self.position, at, told
            self.position += 1
            self._wait(at)

    def _follow(self, was: Life, entry: Entry) -> None:
        now = entry.at
        if self.life.status not in _ACTIVE:
            self._stop(now)
            return
        if not was.status or was.status == "resolved":
            self._start(now)
            return
        if was.snoozed != self.life.snoozed:
            self._snooze(now)
        acks = entry.event in {"taken", "acknowledged", "waiting"}
        if acks or (self.life.acknowledged and not was.acknowledged):
            self.acked = self.acked or self.run > 0
            self._stop(now)
            return
        rose = _RANKS.index(self.life.priority) < _RANKS.index(was.priority)
        if rose and not (self.life.acknowledged if self.run == 0 else self.acked):
            self._start(now)

    def _start(self, now: datetime) -> None:
        policy = self.week.plain.escalation(self.life.subject)
        if not policy["steps"]:
            return
        if self.live:
            self._stop(now)
        self.run += 1
        self.plan, self.position, self.live, self.acked = policy["steps"], 0, True, False
        self.left_s = None
        self._wait(now)
        if self.life.snoozed and datetime.fromisoformat(self.life.snoozed) > now:
            self._snooze(now)

    def _stop(self, now: datetime) -> None:
        if self.run:
            self.week.stops[self.ticket_id].append((self.run, now))
        self.live, self.due = False, None

    def _snooze(self, now: datetime) -> None:
        if not self.live:
            return
        calendar = self._calendar()
        if self.life.snoozed and self.due is not None:
            hours = self.plain.calendars.get(calendar)
            left = (self.due - now).total_seconds()
            self.left_s = max(0.0, left if hours is None else hours.worked_s(now, self.due))
            self.due = None
        elif not self.life.snoozed and self.left_s is not None:
            self.due, self.left_s = self._later(calendar, now, self.left_s), None

    def _wait(self, since: datetime) -> None:
        self.due = since
        if self.position < len(self.plan) and "wait" in self.plan[self.position]:
            step = self.plan[self.position]
            self.due = self._later(step.get("calendar", ""), since, seconds(step["wait"]))
            self.position += 1

    def _calendar(self) -> str:
        before = self.plan[self.position - 1] if self.position else {}
        return str(before.get("calendar", "")) if "wait" in before else ""

    def _later(self, calendar: str, since: datetime, length_s: float) -> datetime:
        hours = self.plain.calendars.get(calendar)
        if hours is None:
            return since + timedelta(seconds=length_s)
        return hours.reached(since, length_s)

    def _told(self, step: Said, at: datetime) -> list[str]:
        life, plain = self.life, self.plain
        if step.get("raise_tier"):
            return []
        if step.get("tell_manager"):
            people = [life.assignee] if life.assignee else plain.on_call(life.tier, at)
            bosses = {plain.technicians[one].get("manager", "") for one in people} - {""}
            return [f"technician:{one}" for one in bosses]
        if step["notify"] == "technician":
            return [f"technician:{step['of']}"]
        if step["notify"] == "assignee" and life.assignee:
            return [f"technician:{life.assignee}"]
        found = plain.on_call(step.get("of", life.tier), at)
        return [f"technician:{one}" for one in found] or [f"team:{step.get('of', life.tier)}"]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _tick(at: datetime) -> datetime:
    """Return the second at which a collector sees that something is due."""
    floor = at.replace(microsecond=0)
    return floor if floor == at else floor + timedelta(seconds=1)


def _may(status: str, now: str, entry: Entry) -> bool:
    if entry.event == "merged":
        return now == "cancelled" and status not in _OVER
    if status == "resolved":
        return now == "reopened" or (now == "closed" and not entry.by_hand)
    if status not in _ACTIVE:
        return False
    if now in _PENDING:
        return entry.by_hand and status in _WORKED
    if now in {"in_progress", "cancelled"}:
        return entry.by_hand
    return now in {"assigned", "new", "resolved"}


def _same_times(expected: list[datetime], found: list[datetime]) -> bool:
    pairs = zip(expected, found, strict=False)
    return len(expected) == len(found) and all(abs(one - two) <= NEAR for one, two in pairs)


def _list(times: list[datetime]) -> str:
    return ", ".join(f"{one:%a %H:%M:%S}" for one in times) or "never"
