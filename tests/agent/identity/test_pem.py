"""Certificates as text: what ssl would say, without it."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay_agent.identity.pem import as_der, as_pem


@given(st.binary(min_size=1, max_size=300))
def test_it_is_what_the_standard_library_writes_and_reads(der: bytes) -> None:
    pem = as_pem(der)

    assert pem == ssl.DER_cert_to_PEM_cert(der)
    assert as_der(pem) == der == as_der(pem.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "-----BEGIN CERTIFICATE-----\nA*AA\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----",
        as_pem(b"one") + as_pem(b"two"),
    ],
)
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="certificate in PEM"):
        as_der(text)
