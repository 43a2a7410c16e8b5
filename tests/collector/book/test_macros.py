"""Macros as they are written down, and what is refused with its place."""

from pathlib import Path

import pytest

from sickbay_collector.core.desk.codes import (
    CauseCode,
    ResolutionCode,
    ResolutionCodes,
    ResolutionMode,
)
from sickbay_collector.core.desk.macro import Macro, filled, words
from sickbay_collector.core.desk.transitions import TicketAction
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.services.book.load import load_book
from tests.collector.clinic import NOW


def load(folder: Path, text: str) -> dict[str, Macro]:
    (folder / "site.yaml").write_text(text)
    return dict(load_book([folder], today=NOW.date()).macros)


def test_the_default_set(tmp_path: Path) -> None:
    assert list(load(tmp_path, "")) == ["ask-the-user", "password-reset", "works-again"]


def test_a_macro_with_everything(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        """
technicians: [{login: ann}]
macros:
- {id: to-ann, name: To Ann, note: "For {technician}", public: true, category: network,
   subcategory: wifi, impact: 2, urgency: 3, assign: ann, snooze: 2h}
- {id: wait, assign: me, wait: vendor, note: Waits.}
- {id: done, resolve: Done., mode: remote, cause: wear, code: replaced}
""",
    )

    assert found["to-ann"] == Macro(
        id="to-ann",
        name="To Ann",
        note="For {technician}",
        public=True,
        category="network",
        subcategory="wifi",
        impact=2,
        urgency=3,
        assign="ann",
        snooze_s=7200.0,
    )
    assert words(found["to-ann"]) == (
        "adds a public note",
        "sets category network/wifi, impact 2, urgency 3",
        "assigns it to ann",
        "snoozes it for 2 h",
    )
    assert found["wait"].wait is TicketAction.WAIT_FOR_VENDOR
    assert words(found["wait"]) == ("you work on it", "waits for a vendor")
    assert words(found["done"]) == ("resolves it",)
    assert found["done"].codes == ResolutionCodes(
        mode=ResolutionMode.REMOTE, cause=CauseCode.WEAR, code=ResolutionCode.REPLACED
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param("name: x", "does nothing", id="nothing to do"),
        pytest.param("wait: user", "needs a note", id="waits without a reason"),
        pytest.param("wait: user, note: x, resolve: y", "goes not with wait", id="two ends"),
        pytest.param("note: x, cause: wear", "name resolve, too", id="a code of no solution"),
        pytest.param("assign: nobody", "technicians has no 'nobody'", id="no such technician"),
        pytest.param("category: moon", "categories has no 'moon'", id="no such category"),
        pytest.param("subcategory: wifi", "is a part of a category", id="a part of nothing"),
        pytest.param("category: network, subcategory: moon", "subcategory", id="no such part"),
        pytest.param("impact: 4", "from 1 to 3", id="impact past its end"),
        pytest.param("snooze: 8d", "must be from", id="a snooze past a week"),
        pytest.param("snooze: 59s", "must be from", id="a snooze below a minute"),
        pytest.param("note: " + "x" * 4001, "at most 4,000", id="a note past its end"),
        pytest.param("notes: x", "unknown key", id="a key that is none"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, keys: str, message: str) -> None:
    with pytest.raises(InvalidError, match=message) as refused:
        load(tmp_path, f"macros: [{{id: mine, {keys}}}]")

    assert "site.yaml" in str(refused.value)


def test_the_longest_note_and_snooze_are_taken(tmp_path: Path) -> None:
    found = load(tmp_path, f"macros: [{{id: mine, snooze: 7d, note: {'x' * 4000}}}]")

    assert len(found["mine"].note) == 4000


def test_texts_are_filled_in_and_other_braces_stay() -> None:
    facts = {"number": "7", "requester": "Ada"}

    assert filled("#{number} {requester} {device} {x} {{}}", facts) == "#7 Ada - {x} {{}}"
