"""Which of several sources counts, and what the fields may hold."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from sickbay_collector.core.asset import AssetField, Claim, Source, course, settle, settle_all
from sickbay_collector.core.asset_fields import amount_text, cents_of, checked_value
from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.ids import DeviceId
from sickbay_collector.core.repair import Repair, RepairKind, totals

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LATER = NOW + timedelta(microseconds=1)


def claim(
    source: Source,
    value: str,
    *,
    until: datetime | None = None,
    field: AssetField = AssetField.LOCATION,
) -> Claim:
    return Claim(field=field, source=source, value=value, at=NOW, by="bo", until=until)


HAND, FILE, DEVICE = (
    claim(Source.MANUAL, "hand"),
    claim(Source.IMPORTED, "file"),
    claim(Source.DISCOVERED, "device"),
)
HOLDS = claim(Source.MANUAL, "hand", until=LATER)
OVER = claim(Source.MANUAL, "hand", until=NOW)


@pytest.mark.parametrize(
    ("claims", "order"),
    [
        pytest.param((HAND, FILE, DEVICE), "hand file device", id="for ever"),
        pytest.param((HOLDS, FILE, DEVICE), "hand file device", id="until its date"),
        pytest.param((OVER, FILE, DEVICE), "file device hand", id="after its date"),
        pytest.param((OVER, DEVICE), "device hand", id="after it, the device alone"),
        pytest.param((OVER,), "hand", id="after it, nobody else"),
        pytest.param((FILE, DEVICE), "file device", id="nothing by hand"),
    ],
)
def test_one_counts_and_the_others_are_shown(claims: tuple[Claim, ...], order: str) -> None:
    """Whatever the order in which they came."""
    for shuffled in permutations(claims):
        settled = settle(AssetField.LOCATION, shuffled, NOW)

        assert settled is not None
        assert " ".join([settled.value, *(one.value for one in settled.conflicts)]) == order


@pytest.mark.parametrize(
    "claims", [(), (HAND,), (FILE,), (HAND, FILE), (HOLDS,), (HOLDS, FILE), (OVER, FILE), (OVER,)]
)
def test_the_course_of_a_field_is_what_it_is_at_any_time(claims: tuple[Claim, ...]) -> None:
    """Before and after the date of what a person said, and at it."""
    found = course(AssetField.LOCATION, claims)

    for now in (NOW - timedelta(days=1), NOW, LATER, LATER + timedelta(days=1)):
        settled = settle(AssetField.LOCATION, claims, now)
        is_over = found.turns_at is not None and found.turns_at <= now
        assert (found.then if is_over else found.value) == (settled.value if settled else "")


def test_device_knows_its_hardware_better_than_a_file() -> None:
    claims = [
        claim(source, source.value, field=AssetField.SERIAL)
        for source in (Source.IMPORTED, Source.DISCOVERED)
    ]

    settled = settle(AssetField.SERIAL, claims, NOW)

    assert settled is not None
    assert (settled.value, settled.conflicts) == ("discovered", (claims[0],))


def test_who_says_the_same_is_no_conflict() -> None:
    settled = settle(AssetField.LOCATION, [HAND, claim(Source.IMPORTED, "hand"), DEVICE], NOW)

    assert settled is not None
    assert settled.conflicts == (DEVICE,)


def test_nothing_said_by_hand_goes_before_what_a_file_says() -> None:
    nothing = claim(Source.MANUAL, "")
    settled = settle(AssetField.LOCATION, [FILE, nothing], NOW)

    assert settled is not None
    assert (settled.value, settled.conflicts) == ("", (FILE,))


def test_fields_are_settled_apart() -> None:
    site = claim(Source.MANUAL, "berlin", field=AssetField.SITE)

    assert list(settle_all([HAND, site], NOW)) == [AssetField.SITE, AssetField.LOCATION]
    assert settle(AssetField.COST, [HAND], NOW) is None


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [
        pytest.param("cost", "1299 eur", "1299.00 EUR", id="whole amount"),
        pytest.param("cost", " 12,5EUR ", "12.50 EUR", id="comma"),
        pytest.param("cost", "0.05 KWD", "0.05 KWD", id="hundredths"),
        pytest.param("cost", "1000000000 EUR", "1000000000.00 EUR", id="most"),
        pytest.param("cost", " ", "", id="no cost"),
        pytest.param("purchased_on", "2026-02-28 ", "2026-02-28", id="day"),
        pytest.param("end_of_life", "2200-12-31", "2200-12-31", id="last day"),
        pytest.param("warranty_until", "", "", id="no day"),
        pytest.param("location", " Room  12 ", "Room 12", id="text"),
        pytest.param("supplier", "s" * 200, "s" * 200, id="longest text"),
    ],
)
def test_value_is_kept_as(field: str, text: str, kept: str) -> None:
    assert checked_value(AssetField(field), text) == kept


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("cost", "12", id="no currency"),
        pytest.param("cost", "1,299 EUR", id="thousands"),
        pytest.param("cost", "-1 EUR", id="below nothing"),
        pytest.param("cost", "1000000000.01 EUR", id="too much"),
        pytest.param("cost", "1 EURO", id="no currency's code"),
        pytest.param("purchased_on", "28.02.2026", id="another notation"),
        pytest.param("purchased_on", "2026-02-29", id="no such day"),
        pytest.param("purchased_on", "1969-12-31", id="too early"),
        pytest.param("end_of_life", "2201-01-01", id="too late"),
        pytest.param("supplier", "s" * 201, id="too long a text"),
        pytest.param("site", "s" * 65, id="too long a site"),
        pytest.param("model", "m\0", id="NUL"),
    ],
)
def test_wrong_value_is_named(field: str, text: str) -> None:
    with pytest.raises(InvalidError, match=f"^{field}: "):
        checked_value(AssetField(field), text)


def test_amounts_are_exact() -> None:
    assert cents_of("1299.90 EUR") == (129_990, "EUR")
    assert amount_text(5, "EUR") == "0.05 EUR"


def test_repairs_are_added_up_by_currency() -> None:
    repairs = [
        Repair(
            repair_id=str(cents),
            device_id=DeviceId("d"),
            at=NOW,
            kind=RepairKind.PART,
            text="fan",
            supplier="",
            cents=cents,
            currency=currency,
            by="bo",
        )
        for cents, currency in ((100, "EUR"), (None, ""), (50, "CHF"), (1, "EUR"))
    ]

    assert totals(repairs) == {"CHF": 50, "EUR": 101}
