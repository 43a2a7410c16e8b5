import sys

import pytest

from sickbay_agent.errors import NotApplicable, Unknown
from sickbay_agent.probes.contract import run_command, statvfs


def python(code: str, timeout_s: float = 20.0) -> str:
    """Return what a Python program prints."""
    return run_command((sys.executable, "-I", "-c", code), timeout_s)


def test_output_counts_whatever_the_exit_code() -> None:
    """Programs such as smartctl tell their findings by exit codes."""
    assert python("print('found'); raise SystemExit(4)") == "found\n"


def test_programs_speak_english_and_get_no_input() -> None:
    """What they print is parsed, and a question must not wait for an answer."""
    code = "import os, sys; print(os.environ['LC_ALL'], repr(sys.stdin.read()))"

    assert python(code) == "C ''\n"


def test_a_missing_program_is_not_applicable() -> None:
    with pytest.raises(NotApplicable, match="sickbay-no-such-program is not installed"):
        run_command(("sickbay-no-such-program",), 1.0)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(
            "import sys; sys.stderr.write('one\\ncannot open\\n'); sys.exit(2)",
            "failed: cannot open",
            id="only errors",
        ),
        pytest.param("raise SystemExit(3)", "failed: exit code 3", id="nothing at all"),
    ],
)
def test_failures(code: str, reason: str) -> None:
    with pytest.raises(Unknown, match=reason):
        python(code)


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(Unknown, match=r"did not end within 0\.2 s"):
        python("import signal; signal.pause()", timeout_s=0.2)


def test_a_folder_is_no_program() -> None:
    with pytest.raises(Unknown, match="/ cannot be run: Permission denied"):
        run_command(("/",), 1.0)


def test_the_root_filesystem_has_a_size() -> None:
    assert statvfs("/").f_blocks > 0
