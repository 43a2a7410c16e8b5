"""What strangers write reads the same from every database, once it was cleaned at the edge."""

import pytest

from sickbay_collector.core.device import Evidence
from sickbay_collector.core.text import clean_text
from tests.contract.conftest import Stores
from tests.contract.records import ONE, a_device

_CORPUS = (
    "plain",
    "NUL \0 inside",
    "\0",
    "C0 \x01\x1f\x7f C1 \x80\x9f",
    "CR\r\nLF\u2028LS\u2029PS\u0085NEL",
    "lone \ud800 surrogate \udfff",
    "bidi \u202e\u2066\u200f",
    "decomposed e\u0301 a\u030a",
    "expands \u0958\ufb2c\u1d15e",
    "astral \U0001f642 \U0010fffd \uffff \ufffe",
    "'; DROP TABLE device; --",
    '{"json": "\\u0000"}',
    "=cmd|' /C calc'!A0",
    "x" * 2000,
)


@pytest.mark.parametrize("raw", _CORPUS, ids=range(len(_CORPUS)))
def test_cleaned_text_is_stored_as_it_is(stores: Stores, raw: str) -> None:
    """As plain text, within a list and within JSON: the same comes back, and commits at all."""
    text = clean_text(raw)
    device = a_device(
        ONE,
        hostname=text,
        capabilities=(text,),
        evidence=Evidence(system_serial=text, permanent_macs=(text,)),
    )
    with stores.open() as uow:
        uow.devices.add(device)
        uow.commit()
    with stores.read() as uow:
        assert device == uow.devices.get(ONE)
