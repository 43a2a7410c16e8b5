"""What is wrong with the files is named, with the command that mends it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sickbay_collector.config import CollectorConfig, load_config
from sickbay_collector.doctor.files import (
    CA_WARNING,
    LOW_BYTES,
    check_authority,
    check_rules,
    check_space,
    check_state_directory,
    judge_space,
    judge_validity,
)
from sickbay_collector.doctor.finding import Finding, Verdict
from sickbay_collector.pki.folder import open_authority

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def _config(folder: Path) -> CollectorConfig:
    return load_config(Path("/dev/null"), {}, {"state_dir": folder})


def _one(findings: list[Finding]) -> tuple[Verdict, str]:
    [found] = findings
    return found.verdict, found.text


@pytest.mark.parametrize(
    ("mode", "verdict", "says"),
    [
        pytest.param(0o700, Verdict.OK, "is writable and private", id="private"),
        pytest.param(0o750, Verdict.WARNING, "is open to other users: chmod 700", id="group"),
        pytest.param(0o701, Verdict.WARNING, "is open to other users: chmod 700", id="others"),
    ],
)
def test_the_state_directory_is_its_owners(
    mode: int, verdict: Verdict, says: str, tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(mode)
    found = check_state_directory(_config(tmp_path / "state"))

    assert found.verdict is verdict
    assert says in found.text


def test_a_state_directory_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    new, file = (check_state_directory(_config(tmp_path / name)) for name in ("new", "file"))

    assert (new.verdict, file.verdict) == (Verdict.WARNING, Verdict.PROBLEM)
    assert "is not there yet: `sickbay serve` makes it" in new.text
    assert "is no directory: name another state_dir" in file.text
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("free_bytes", "total_bytes", "verdict"),
    [
        pytest.param(10 * LOW_BYTES, 100 * LOW_BYTES, Verdict.OK, id="at a tenth"),
        pytest.param(10 * LOW_BYTES - 1, 100 * LOW_BYTES, Verdict.PROBLEM, id="below a tenth"),
        pytest.param(LOW_BYTES, 2 * LOW_BYTES, Verdict.OK, id="at 1 GiB"),
        pytest.param(LOW_BYTES - 1, 2 * LOW_BYTES, Verdict.PROBLEM, id="below 1 GiB"),
        pytest.param(0, 0, Verdict.PROBLEM, id="no disk"),
    ],
)
def test_less_than_a_tenth_or_a_gibibyte_is_a_problem(
    free_bytes: int, total_bytes: int, verdict: Verdict, tmp_path: Path
) -> None:
    found = judge_space(tmp_path, free_bytes=free_bytes, total_bytes=total_bytes)

    assert found.verdict is verdict
    assert ("make room" in found.text) is (verdict is Verdict.PROBLEM)


def test_space_is_asked_where_the_directory_will_be(tmp_path: Path) -> None:
    assert str(tmp_path / "a" / "b") in check_space(tmp_path / "a" / "b").text


def test_an_authority_is_never_made_here(tmp_path: Path) -> None:
    verdict, says = _one(list(check_authority(tmp_path / "ca", now=NOW)))

    assert verdict is Verdict.WARNING
    assert "is not there yet" in says
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_others_can_read_is_a_problem(tmp_path: Path) -> None:
    open_authority(tmp_path, now=NOW)
    before = _one(list(check_authority(tmp_path, now=NOW)))
    (tmp_path / "ca.key").chmod(0o640)
    first, second = check_authority(tmp_path, now=NOW)

    assert before == (Verdict.OK, "3650 days left, until 2036-11-17")
    assert first.verdict is Verdict.PROBLEM
    assert f"has mode 0640: chmod 600 {tmp_path}/ca.key" in first.text
    assert second.verdict is Verdict.OK


def test_a_damaged_authority_is_a_problem(tmp_path: Path) -> None:
    open_authority(tmp_path, now=NOW)
    (tmp_path / "ca.crt").write_text("no certificate")
    verdict, says = _one(list(check_authority(tmp_path, now=NOW)))

    assert verdict is Verdict.PROBLEM
    assert "ca.key or ca.crt is damaged" in says


@pytest.mark.parametrize(
    ("left", "verdict", "says"),
    [
        pytest.param(CA_WARNING, Verdict.OK, "90 days left", id="90 days"),
        pytest.param(CA_WARNING - timedelta(seconds=1), Verdict.WARNING, "89 days left", id="less"),
        pytest.param(timedelta(seconds=1), Verdict.WARNING, "0 days left", id="the last second"),
        pytest.param(timedelta(0), Verdict.PROBLEM, "ended on", id="ended"),
    ],
)
def test_an_authority_is_warned_of_in_time(left: timedelta, verdict: Verdict, says: str) -> None:
    found = judge_validity(NOW - timedelta(days=3000), NOW + left, now=NOW)

    assert found.verdict is verdict
    assert says in found.text


def test_an_authority_of_the_future_means_a_wrong_clock() -> None:
    found = judge_validity(NOW + timedelta(seconds=1), NOW + timedelta(days=900), now=NOW)

    assert found.verdict is Verdict.PROBLEM
    assert "set the clock" in found.text


def test_every_wrong_rule_file_is_named_with_its_line(tmp_path: Path) -> None:
    right = list(check_rules(tmp_path))
    (tmp_path / "a.yaml").write_text("- id: disk.full.warn\n  enabled: perhaps\n")
    (tmp_path / "b.yaml").write_text("- id: disk.full.warn\n  enabled: false\n")
    (tmp_path / "c.yaml").write_text("- [\n")
    wrong = list(check_rules(tmp_path))

    assert [one.verdict for one in right] == [Verdict.OK]
    assert [one.verdict for one in wrong] == [Verdict.PROBLEM] * len(wrong)
    text = "\n".join(one.text for one in wrong)
    assert f"{tmp_path}/a.yaml:2" in text
    assert f"{tmp_path}/c.yaml:" in text
    assert len(wrong) == len({one.text for one in wrong})


def test_no_rules_of_the_site_are_no_problem(tmp_path: Path) -> None:
    verdict, says = _one(list(check_rules(tmp_path / "none")))

    assert verdict is Verdict.OK
    assert "in force" in says
