"""Rules as they are written: each mistake is named with place, key and what is allowed."""

import json
import re

import pytest

from sickbay_collector.core.alerts.condition import AllOf, Comparison, Leaf, leaves
from sickbay_collector.core.alerts.parse import parse_rule
from sickbay_collector.core.alerts.rule import ActiveDays, Minutes, RuleSet, Scope, VolumeScope
from sickbay_collector.core.alerts.source import Plain
from sickbay_collector.core.desk.ticket import Priority, Tier
from sickbay_collector.core.errors import InvalidError
from tests.collector.core.alerts.build import entry, marked, rule, rules

DRIVE: dict[str, Plain] = {"metric": "drive.life_left_ratio", "clear": {"gone": True}}
STATE: dict[str, Plain] = {"kind": "state", "metric": "volume.read_only"}


def test_defaults() -> None:
    found = rule()

    assert found.minutes is Minutes.OBSERVED
    assert (found.for_s, found.clear_for_s, found.reads) == (300, 600, 1)
    assert (found.grace_s, found.reopen_s) == (0, 7 * 86400)
    assert found.scope == Scope()
    assert (found.title, found.tier, found.queue) == ("Inodes free", Tier.L2, "endpoint")
    assert (found.minimum_priority, found.effect, found.subcategory) == (None, None, None)


def test_defaults_that_follow_from_other_keys() -> None:
    """Hardware is never reopened; what is busy at boot waits half an hour after it."""
    assert rule(category="hardware").reopen_s == 0
    assert rule(category="hardware", reopen="1d").reopen_s == 86400
    assert rule(id="cpu.busy").grace_s == 1800
    assert rule(id="cpu.busy", grace="0s").grace_s == 0


def test_all_keys() -> None:
    found = rule(
        title="Inodes",
        says="{instance} {volume.inodes_free_ratio}",
        minutes="active",
        scope={"os": ["linux", "macos"], "volume": "other"},
        minimum_priority="high",
        active_days={"at_least": 2, "of": 5},
        clear_active_days=3,
        muted_by=["disk.*"],
        reopen="2d",
        subcategory="space",
    )

    assert found.scope == Scope(os=("linux", "macos"), volume=VolumeScope.OTHER)
    assert found.minimum_priority is Priority.HIGH
    assert found.active_days == ActiveDays(at_least=2, of=5)
    assert (found.clear_active_days, found.reopen_s) == (3, 172800)


@pytest.mark.parametrize(
    ("condition", "comparison", "limit"),
    [
        pytest.param({"below": 0.05}, Comparison.BELOW, 0.05, id="number"),
        pytest.param({"below": "5%"}, Comparison.BELOW, 0.05, id="share"),
        pytest.param(
            {"metric": "volume.free_bytes", "below": "5GB"}, Comparison.BELOW, 5e9, id="size"
        ),
        pytest.param(
            {"metric": "volume.free_bytes", "at_most": "1.5 GiB"},
            Comparison.AT_MOST,
            1.5 * 2**30,
            id="binary size",
        ),
        pytest.param(
            {"metric": "updates.pending_age_s", "above": "14d"},
            Comparison.ABOVE,
            14 * 86400,
            id="duration",
        ),
        pytest.param({"metric": "volume.read_only", "is": True}, Comparison.IS, 1, id="flag"),
        pytest.param(
            {"metric": "drive.nvme_critical_warning", "any_bit": [1, 4]},
            Comparison.ANY_BIT,
            5,
            id="bits",
        ),
    ],
)
def test_limits_with_units(
    condition: dict[str, Plain], comparison: Comparison, limit: float
) -> None:
    (leaf,) = leaves(rule(raise_=condition, clear={"above": 0.5}).raise_when)

    assert (leaf.comparison, leaf.limit) == (comparison, limit)


def test_lists_of_conditions() -> None:
    found = rule(raise_={"all": [{"below": "5%"}, {"metric": "volume.free_ratio", "below": "9%"}]})

    assert found.raise_when == AllOf(
        parts=(
            Leaf(metric="volume.inodes_free_ratio", comparison=Comparison.BELOW, limit=0.05),
            Leaf(metric="volume.free_ratio", comparison=Comparison.BELOW, limit=0.09),
        )
    )


def test_what_was_meant_is_said_without_a_list_of_all_that_there_is() -> None:
    """Nobody reads seventy names in a message; where nothing is close, the first ones stand."""
    with pytest.raises(InvalidError) as close:
        rule(metric="volume.fre_ratio")
    with pytest.raises(InvalidError) as far:
        rule(metric="moon")

    assert str(close.value).endswith(
        "'volume.fre_ratio' is not allowed; did you mean 'volume.free_ratio'?"
    )
    assert re.search(r"allowed: cpu.busy_ratio, .* and \d+ more$", str(far.value))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"limits_of": 1}, r"unknown key 'limits_of'; allowed: id, family", id="key"),
        pytest.param({"clear_fro": "1m"}, "'clear_fro'; did you mean 'clear_for'", id="typo"),
        pytest.param({"id": "Disk Full"}, "id: must be lower-case words joined by dots", id="id"),
        pytest.param({"family": None}, "family: must be lower-case words", id="family"),
        pytest.param({"kind": "thresholt"}, "kind: 'thresholt' .*mean 'threshold'", id="kind"),
        pytest.param(
            {"kind": "trend"},
            "kind: 'trend' is not supported by this version; supported: threshold, state",
            id="kind of a later version",
        ),
        pytest.param({"kind": "state"}, "kind: state is for flags", id="state of a share"),
        pytest.param(
            {"metric": "volume.inode_free_ratio"},
            "metric: 'volume.inode_free_ratio' .*mean 'volume.inodes_free_ratio'",
            id="metric",
        ),
        pytest.param({"for": 15}, "for: must be a duration like 90s, 15m, 6h or 2d", id="for"),
        pytest.param({"for": "15min"}, "for: must be a duration", id="unit of for"),
        pytest.param({"for": "31d"}, "for: must be from 0s to 30d, not '31d'", id="long for"),
        pytest.param({"clear_for": "721h"}, "clear_for: must be from 0s", id="long clear_for"),
        pytest.param({"grace": "8d"}, "grace: must be from 0s to 7d", id="long grace"),
        pytest.param({"reopen": "91d"}, "reopen: must be from 0s to 90d", id="long reopen"),
        pytest.param({"reads": 0}, "reads: must be a whole number from 1 to 100", id="reads"),
        pytest.param({"reads": 101}, "reads: must be a whole number", id="too many reads"),
        pytest.param({"clear_active_days": 61}, "from 0 to 60", id="too many days"),
        pytest.param(
            {"active_days": {"at_least": 4, "of": 3}}, "at_least: .*from 1 to 3", id="days of days"
        ),
        pytest.param({"minutes": "activx"}, "minutes: .*mean 'active'", id="minutes"),
        pytest.param({"urgency": 4}, "urgency: must be a whole number from 1 to 3", id="urgency"),
        pytest.param({"urgency": True}, "urgency: must be a whole number", id="urgency flag"),
        pytest.param({"minimum_priority": "P2"}, "allowed: urgent, high", id="minimum"),
        pytest.param({"effect": "bad"}, "effect: 'bad' is not allowed", id="effect"),
        pytest.param({"category": "storagex"}, "category: .*mean 'storage'", id="category"),
        pytest.param({"subcategory": "a b"}, "subcategory: must be one", id="subcategory"),
        pytest.param({"tier": "L4"}, "tier: 'L4' .*allowed: L1, L2, L3, SEC", id="tier"),
        pytest.param({"queue": "End Point"}, "queue: must be one lower-case word", id="queue"),
        pytest.param({"runbook": "disk 3"}, "runbook: must be like DISK-1", id="runbook"),
        pytest.param({"title": "x" * 161}, "title: must be one line of at most 160", id="title"),
        pytest.param(
            {"says": "{volume.free_ratio} left"},
            r"says: \{volume.free_ratio\} is not in raise",
            id="says",
        ),
        pytest.param({"muted_by": "disk.full"}, "muted_by: must be a list", id="muted_by"),
        pytest.param({"muted_by": ["a"] * 21}, "at most 20 rule ids", id="long muted_by"),
        pytest.param({"muted_by": [1]}, "muted_by: 1 is no rule id", id="muted_by number"),
        pytest.param({"scope": {"os": ["lnux"]}}, "os: 'lnux' .*mean 'linux'", id="platform"),
        pytest.param({"scope": {"os": []}}, "os: must be a list of: linux", id="no platform"),
        pytest.param({"scope": {"volumes": "any"}}, "'volumes'; did you mean 'volume'", id="scope"),
        pytest.param(
            {"scope": {"drive": ["ssd"]}}, "drive: is for rules on drive metrics", id="scope topic"
        ),
        pytest.param({"tier": {}}, "tier: a mapping is not allowed", id="tier mapping"),
        pytest.param({"tier": ["L1"]}, "tier: a list is not allowed", id="tier list"),
        pytest.param({"scope": "any"}, "scope: must be a mapping, not 'any'", id="scope text"),
        pytest.param({"raise": 0.05}, "raise: must be a mapping, not 0.05", id="raise"),
        pytest.param({"raise": {}}, "raise: needs one of: above, below", id="raise nothing"),
        pytest.param(
            {"raise": {"above": 1, "below": 0}}, "it has above, below", id="two comparisons"
        ),
        pytest.param({"raise": {"beloww": 1}}, "'beloww'; did you mean 'below'", id="comparison"),
        pytest.param({"raise": {"below": "5GB"}}, "share like 5%, not '5GB'", id="wrong unit"),
        pytest.param({"raise": {"below": 1.5}}, "lies from 0 to 1, not 1.5", id="range"),
        pytest.param({"raise": {"below": "101%"}}, "lies from 0 to 1", id="range of share"),
        pytest.param({"raise": {"below": float("nan")}}, "must be a number", id="nan"),
        pytest.param({"raise": {"below": float("inf")}}, "must be a number", id="infinite"),
        pytest.param({"raise": {"is": 1}}, "is: is for flags", id="is of a share"),
        pytest.param({"raise": {"any_bit": [1]}}, "any_bit: is for bit masks", id="bits"),
        pytest.param({"raise": {"gone": True}}, "gone: stands only under clear", id="raise gone"),
        pytest.param({"clear": {"gone": False}}, "gone: stands only under clear", id="not gone"),
        pytest.param({"raise": {"all": []}}, "all: must be a list of 1 to 8", id="empty list"),
        pytest.param(
            {"raise": {"any": [{"below": 0.01}] * 9}},
            "any: must be a list of 1 to 8",
            id="long list",
        ),
        pytest.param(
            {"raise": {"any": [{"all": [{"any": [{"below": 0.01}]}]}]}},
            "any: lists stand at most 2 deep",
            id="deep list",
        ),
        pytest.param(
            {"raise": {"any": [{"below": 0.01}], "below": 1}},
            "any: must be the only key",
            id="both",
        ),
        pytest.param(
            {"raise": {"below": 0.01, "within": "1h"}}, "within: counts events", id="within"
        ),
        pytest.param({"clear": {"above": 0.05}}, "leave a band to raise: below 0.05", id="no band"),
        pytest.param({"clear": {"at_least": "4%"}}, "leave a band", id="overlap"),
    ],
)
def test_names_place_key_and_what_is_allowed(changes: dict[str, Plain], message: str) -> None:
    with pytest.raises(InvalidError, match=rf"^test.yaml:1: rule.*{message}"):
        parse_rule(marked(entry(**changes)))


@pytest.mark.parametrize("key", ["id", "family", "kind", "raise", "clear", "urgency", "category"])
def test_names_missing_keys(key: str) -> None:
    without = {name: value for name, value in entry().items() if name != key}

    with pytest.raises(InvalidError, match=rf"test.yaml:1: rule.*key '{key}' is missing"):
        parse_rule(marked(without))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"metric": None}, "metric: None is not allowed", id="metric is nothing"),
        pytest.param({**STATE, "raise": {"is": 1}}, "is: must be true or false", id="flag as 1"),
        pytest.param(
            {**STATE, "raise": {"is": True}, "clear": {"is": True}}, "leave a band", id="same flag"
        ),
        pytest.param(
            {"metric": "drive.nvme_critical_warning", "raise": {"any_bit": [256]}},
            "256 is no bit from 1 to 255",
            id="bit past the mask",
        ),
        pytest.param(
            {"metric": "drive.nvme_critical_warning", "raise": {"any_bit": []}},
            "must be a list of bits",
            id="no bits",
        ),
        pytest.param(
            {"metric": "cpu.busy_ratio", "raise": {"above": 0.9}, "clear": {"gone": True}},
            "gone: stands only under clear, for drives or volumes",
            id="gone processor",
        ),
        pytest.param(
            {"metric": "crash.oom_kills", "raise": {"at_least": 17, "within": "1h"}},
            "within: counts at most 16",
            id="large window count",
        ),
        pytest.param(
            {"metric": "crash.oom_kills", "raise": {"at_least": 16, "within": "8d"}},
            "within: must be from 1m to 7d",
            id="long window",
        ),
        pytest.param(
            {
                "metric": "crash.oom_kills",
                "raise": {"at_least": 2, "within": "1h"},
                "clear": {"below": 1, "within": "1h"},
            },
            "clear: must compare readings, not windows",
            id="window to clear",
        ),
        pytest.param(
            {
                "metric": "crash.oom_kills",
                "raise": {"any": [{"at_least": 2, "within": "1h"}, {"above": 3, "within": "2h"}]},
                "clear": {"below": 1},
            },
            "raise: has more than one window",
            id="two windows",
        ),
    ],
)
def test_refuses_what_a_metric_cannot_do(changes: dict[str, Plain], message: str) -> None:
    with pytest.raises(InvalidError, match=message):
        parse_rule(marked(entry(**changes)))


def test_names_a_condition_without_metric() -> None:
    without = {name: value for name, value in entry().items() if name != "metric"}

    with pytest.raises(InvalidError, match="raise: names no metric, and neither does the rule"):
        parse_rule(marked(without))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"for": "30d"}, id="for"),
        pytest.param({"clear_for": "720h"}, id="clear_for"),
        pytest.param({"grace": "7d"}, id="grace"),
        pytest.param({"reopen": "90d"}, id="reopen"),
        pytest.param({"reads": 100}, id="reads"),
        pytest.param({"title": "x" * 160}, id="title"),
        pytest.param({"raise": {"any": [{"below": 0.01}] * 8}}, id="list"),
        pytest.param({"raise": {"any": [{"all": [{"below": 0.01}]}]}}, id="depth"),
        pytest.param({"muted_by": ["disk.*"] * 20}, id="muted_by"),
        pytest.param({**DRIVE, "raise": {"below": 0}, "scope": {"drive": ["ssd"]}}, id="drives"),
    ],
)
def test_takes_what_is_at_a_limit(changes: dict[str, Plain]) -> None:
    assert parse_rule(marked(entry(**changes))).id == "disk.inodes"


def test_version_is_the_hash_of_what_is_written() -> None:
    """Neither the order of keys nor the switch changes a rule."""
    same = dict(reversed(entry(enabled=True).items()))

    assert parse_rule(marked(same)).version == rule().version
    assert len(rule().version) == 64
    assert rule(urgency=1).version != rule().version
    assert json.loads(rule().content)["raise"] == {"below": 0.05}


def test_unknown_muter_is_refused() -> None:
    with pytest.raises(
        InvalidError, match=r"muted_by names 'disk\.ful', which is no rule; rules: d"
    ):
        rules(rule(muted_by=["disk.ful"]))


def test_muter_that_is_switched_off_is_known() -> None:
    found = RuleSet.of([rule(muted_by=["disk.full"])], disabled=["disk.full"])

    assert list(found.rules) == ["disk.inodes"]


def test_rules_that_mute_each_other_are_refused() -> None:
    with pytest.raises(InvalidError, match="mute each other in a circle: "):
        rules(rule(id="a.b", muted_by=["c.d"]), rule(id="c.d", muted_by=["a.*"]))
