"""Rule files: the default pack, what stands over it, and what is refused."""

from pathlib import Path

import pytest

from sickbay_collector.core.alerts.rule import VolumeScope
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.marked_yaml import MAX_FILE_BYTES, MAX_FILES
from sickbay_collector.services.rulebook import (
    check_file,
    load_rules,
    load_runbooks,
)

FULL = """\
- id: site.inodes
  family: site.inodes
  kind: threshold
  metric: volume.inodes_free_ratio
  raise: {below: 5%}
  clear: {above: 8%}
  urgency: 2
  category: storage
  tier: L2
  queue: endpoint
  runbook: DISK-3
"""


def write(folder: Path, text: str, name: str = "site.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_default_pack() -> None:
    assert sorted(load_rules([]).rules) == [
        "disk.failing",
        "disk.full.crit",
        "disk.full.warn",
        "disk.inodes",
        "disk.wear",
        "mem.oom",
        "reboot.pending",
        "update.overdue",
    ]


def test_missing_directory_is_empty(tmp_path: Path) -> None:
    assert load_rules([tmp_path / "none"]) == load_rules([])


def test_entry_of_a_known_id_replaces_the_keys_that_it_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        "- id: disk.full.warn\n  scope: {volume: any}\n  for: 2m\n  clear_for: 2m\n  grace: 0s\n",
    )
    before, after = load_rules([]).rules["disk.full.warn"], load_rules([tmp_path]).rules
    found = after["disk.full.warn"]

    assert found.scope.volume is VolumeScope.ANY
    assert (found.for_s, found.clear_for_s, found.grace_s) == (120, 120, 0)
    assert found.raise_when == before.raise_when
    assert found.version != before.version
    assert len(after) == 8


def test_new_rule_and_switched_off_rule(tmp_path: Path) -> None:
    write(tmp_path, FULL)
    write(tmp_path, "- {id: disk.full.crit, enabled: false}\n", "off.yaml")
    write(tmp_path, "this is not read", "notes.txt")
    found = load_rules([tmp_path]).rules

    assert "site.inodes" in found
    assert "disk.full.crit" not in found


def test_later_directory_stands_over_the_earlier(tmp_path: Path) -> None:
    for name, urgency in (("one", 1), ("two", 3)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, f"- {{id: mem.oom, urgency: {urgency}}}\n")

    assert load_rules([tmp_path / "one", tmp_path / "two"]).rules["mem.oom"].urgency == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            FULL.replace("urgency: 2", "urgncy: 2"),
            r"site.yaml:7: rule site.inodes: unknown key 'urgncy'; did you mean 'urgency'",
            id="typo in a key",
        ),
        pytest.param(
            FULL.replace("below: 5%", "belov: 5%"),
            r"site.yaml:5: rule site.inodes: raise: unknown key 'belov'; did you mean 'below'",
            id="typo in a condition",
        ),
        pytest.param(
            FULL.replace("inodes_free", "inode_free"),
            r"site.yaml:4: rule site.inodes: metric: 'volume.inode_free_ratio' is not allowed;"
            r" did you mean 'volume.inodes_free_ratio'",
            id="typo in a metric",
        ),
        pytest.param(
            "\n- id: disk.ful.warn\n  for: 2m\n",
            r"site.yaml:2: rule disk.ful.warn: key 'kind' is missing",
            id="typo in an id",
        ),
        pytest.param(
            "- id: mem.oom\n  for: 2x\n",
            r"site.yaml:2: rule mem.oom: for: must be a duration",
            id="value of an override",
        ),
        pytest.param(FULL + FULL, r"site.yaml:12: rule site.inodes: is there already", id="twice"),
        pytest.param(
            "- id: mem.oom\n  for: 2m\n  for: 3m\n",
            r"site.yaml:3: rules: key 'for' is there twice, first at .*site.yaml:2",
            id="key twice",
        ),
        pytest.param("rules: []\n", r"site.yaml:1: rules: must be a list", id="mapping"),
        pytest.param("- 5\n", r"site.yaml:1: rule: must be a mapping, not 5", id="number"),
        pytest.param("- id: [\n", r"site.yaml:2: is not YAML: ", id="broken"),
        pytest.param("- id: a\n  b: c: d\n", r"site.yaml:2: is not YAML: ", id="broken mapping"),
        pytest.param("- id: \x01\n", r"site.yaml: is not YAML: ", id="control character"),
        pytest.param("- id: 2026-13-45\n", r"is not YAML: ", id="impossible date"),
        pytest.param("- id: 2026-01-01\n", r"id: must be lower-case words", id="date"),
        pytest.param("- !!python/object:os.system {}\n", r"rule: key 'id' is missing", id="tag"),
        pytest.param("- " * 20 + "a\n", r"rules: are nested too deep", id="deep"),
        pytest.param("- " * 5000 + "a\n", r"rules: are nested too deep", id="deeper than a stack"),
        pytest.param(
            "- &a [x,x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"- &{b} [{','.join(['*' + a] * 10)}]\n" for a, b in ("ab", "bc", "cd", "de")
            ),
            r"nested too deep or repeat too much",
            id="aliases that multiply",
        ),
        pytest.param("- {id: mem.oom, enabled: 5}\n", r"enabled: must be true or", id="enabled"),
    ],
)
def test_names_file_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(InvalidError, match=message):
        load_rules([tmp_path])
    with pytest.raises(InvalidError, match=message):
        check_file(path)


def test_empty_file_has_no_rules(tmp_path: Path) -> None:
    assert check_file(write(tmp_path, "# nothing\n")) == ()


def test_check_file_returns_the_rules_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, FULL + "- {id: mem.oom, urgency: 1}\n")

    assert [(rule.id, rule.urgency) for rule in check_file(path)] == [
        ("site.inodes", 2),
        ("mem.oom", 1),
    ]


def test_check_file_knows_the_rules_of_the_pack(tmp_path: Path) -> None:
    good = write(tmp_path, FULL + "  muted_by: [disk.full.crit]\n")
    bad = write(tmp_path, FULL + "  muted_by: [disk.ful.crit]\n", "bad.yaml")

    assert len(check_file(good)) == 1
    with pytest.raises(InvalidError, match=r"muted_by names 'disk\.ful\.crit'"):
        check_file(bad)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="cannot be read: No such file"):
        check_file(tmp_path / "none.yaml")


def test_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(b"- id: \xff\n")

    with pytest.raises(InvalidError, match="is not UTF-8 text, at byte 6"):
        check_file(path)


def test_size_of_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, FULL.ljust(MAX_FILE_BYTES, "\n"))

    assert len(check_file(path)) == 1
    write(tmp_path, FULL.ljust(MAX_FILE_BYTES + 1, "\n"))
    with pytest.raises(InvalidError, match="is larger than 64 KiB; split it"):
        check_file(path)


def test_number_of_files(tmp_path: Path) -> None:
    for number in range(MAX_FILES):
        write(tmp_path, "", f"{number:03}.yaml")

    assert len(load_rules([tmp_path]).rules) == 8
    write(tmp_path, "", "more.yaml")
    with pytest.raises(InvalidError, match="101 rule files; at most 100"):
        load_rules([tmp_path])


def test_number_of_rules(tmp_path: Path) -> None:
    """The pack has 8, so a site may add 492."""
    for number in range(492):
        with (tmp_path / f"{number // 50}.yaml").open("a", encoding="utf-8") as file:
            file.write(FULL.replace("id: site", f"id: site{number}"))

    assert len(load_rules([tmp_path]).rules) == 500
    write(tmp_path, FULL, "z.yaml")
    with pytest.raises(InvalidError, match="there are 501 rules; at most 500"):
        load_rules([tmp_path])


def test_number_of_rules_in_a_directory(tmp_path: Path) -> None:
    write(tmp_path, "".join(f"- id: a.r{number}\n" for number in range(501)))

    with pytest.raises(InvalidError, match=r"site\.yaml: more than 500 rules"):
        load_rules([tmp_path])


def test_every_rule_has_its_runbook() -> None:
    texts = load_runbooks()
    wanted = {rule.runbook for rule in load_rules([]).rules.values()}

    assert set(texts) == wanted
    for name, text in texts.items():
        assert text.startswith(f"# {name}: ")
        assert "\n## Check\n" in text
        assert len(text) > 1000


def test_parents_of_the_default_rules() -> None:
    """What a finding explains is no ticket beside it; only these rules of the pack have parents."""
    rules = load_rules(())

    assert {name: found for name, found in rules.muters.items() if found} == {
        "disk.full.warn": ("disk.full.crit",),
        "disk.wear": ("disk.failing",),
        "update.overdue": ("disk.full.crit",),
    }
