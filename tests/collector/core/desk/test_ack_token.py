from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_collector.core.desk.ack_token import (
    TOKEN_LIFE,
    TOKEN_LIMIT,
    AckToken,
    read_token,
    signed,
)
from sickbay_collector.core.desk.text import LOGIN_LIMIT
from sickbay_collector.core.errors import DeniedError
from sickbay_collector.core.ids import TicketId

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
KEY = bytes(range(32))
TOKEN = AckToken(
    ticket_id=TicketId("0195a000-0000-7000-8000-0000000000aa"),
    login="ann",
    expires_at=NOW + TOKEN_LIFE,
)


def test_what_is_signed_is_read_again() -> None:
    assert read_token(signed(TOKEN, KEY), KEY) == TOKEN


@given(place=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=6))
def test_no_bit_may_be_altered(place: int, bit: int) -> None:
    """Not those either that a reader of base64 would pass over."""
    text = bytearray(signed(TOKEN, KEY).encode())
    text[place % len(text)] ^= 1 << bit

    with pytest.raises(DeniedError, match="open it from the message"):
        read_token(text.decode(), KEY)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(TOKEN, ticket_id=TicketId("another")), id="another ticket"),
        pytest.param(replace(TOKEN, login="ben"), id="another login"),
        pytest.param(replace(TOKEN, expires_at=NOW + 2 * TOKEN_LIFE), id="a later end"),
    ],
)
def test_a_code_is_good_for_one_ticket_one_login_and_one_end(other: AckToken) -> None:
    said, code = signed(other, KEY).split(".")[0], signed(TOKEN, KEY).split(".")[1]

    with pytest.raises(DeniedError):
        read_token(f"{said}.{code}", KEY)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(".", id="no code"),
        pytest.param("x" * TOKEN_LIMIT, id="as long as may be"),
        pytest.param("x" * (TOKEN_LIMIT + 1), id="too long"),
        pytest.param("ü\ud800.ü", id="no letters of a link"),
        pytest.param(signed(TOKEN, KEY) + ".x", id="more behind it"),
        pytest.param(signed(TOKEN, b"another key"), id="another desk"),
    ],
)
def test_what_was_not_signed_here_is_refused(text: str) -> None:
    with pytest.raises(DeniedError):
        read_token(text, KEY)


def test_the_longest_login_fits() -> None:
    token = replace(TOKEN, login="\U0001f600" * LOGIN_LIMIT)
    text = signed(token, KEY)

    assert len(text) <= TOKEN_LIMIT
    assert read_token(text, KEY) == token


def test_it_is_over_after_a_day() -> None:
    assert timedelta(hours=24) == TOKEN_LIFE
    assert not TOKEN.is_over(NOW + TOKEN_LIFE - timedelta(seconds=1))
    assert TOKEN.is_over(NOW + TOKEN_LIFE)
