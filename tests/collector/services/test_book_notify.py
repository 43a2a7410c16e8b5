from datetime import time
from pathlib import Path

import pytest

from sickbay_collector.core.desk.notify_rules import Hours, NotifyRule, NotifyRules
from sickbay_collector.core.desk.ticket import Priority
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.load import load_book

_HEAD = "channels:\n  - {id: lines, kind: log}\ntechnicians:\n  - login: ann\n"


def ann(tmp_path: Path, said: str) -> NotifyRules:
    (tmp_path / "ann.yaml").write_text(_HEAD + said)
    return load_book([tmp_path]).technicians["ann"].notify


def test_rules_of_a_technician(tmp_path: Path) -> None:
    found = ann(
        tmp_path,
        """    notify:
      - {priorities: [urgent], channels: [lines]}
      - {days: [mon, sun], hours: "08:00-24:00", channels: [lines]}
    quiet_hours: "22:00-07:00"
    bundle: 5m
    messages_per_hour: 3
""",
    )

    assert found == NotifyRules(
        rules=(
            NotifyRule(channels=("lines",), priorities=frozenset({Priority.URGENT})),
            NotifyRule(
                channels=("lines",), days=frozenset({0, 6}), hours=Hours(begin=time(8), end=time())
            ),
        ),
        quiet=Hours(begin=time(22), end=time(7)),
        bundle_s=300.0,
        per_hour=3,
    )


def test_who_says_nothing_has_the_usual(tmp_path: Path) -> None:
    assert ann(tmp_path, "") == NotifyRules()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("notify: [{channels: [pigeon]}]", "channels has no 'pigeon'"),
        ("notify: [{channels: []}]", "must name 1 to 10 channels"),
        ("notify: [{days: [mon]}]", "must name 1 to 10 channels"),
        ("notify: [{channels: [lines], days: [monday]}]", "did you mean 'mon'"),
        ("notify: [{channels: [lines], priorities: [top]}]", "'top' is not allowed"),
        ("notify: [{channels: [lines], hours: 8-18}]", "must be hours in quotes"),
        ('quiet_hours: "22:00-22:00"', "must not begin and end at one time"),
        ('quiet_hours: "22:00-24:01"', "must end by 24:00"),
        ("bundle: 61m", "must be from 0s to 1h"),
        ("messages_per_hour: 0", "from 1 to 1000"),
        ("messages_per_hour: 1001", "from 1 to 1000"),
    ],
)
def test_wrong_rule_is_named_with_file_and_line(tmp_path: Path, said: str, message: str) -> None:
    with pytest.raises(InvalidError, match=r"ann\.yaml:5: ") as raised:
        ann(tmp_path, f"    {said}\n")

    assert message in str(raised.value)
