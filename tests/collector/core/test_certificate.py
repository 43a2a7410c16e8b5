"""How long a device's certificate is good for."""

from datetime import UTC, datetime, timedelta

import pytest

from sickbay_collector.core.device import CertificateState, certificate_state
from tests.contract.records import a_device

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours_left", "expected"),
    [
        pytest.param(24.0, CertificateState.VALID, id="fresh"),
        pytest.param(6.01, CertificateState.VALID, id="more than a quarter is left"),
        pytest.param(6.0, CertificateState.EXPIRING, id="a quarter"),
        pytest.param(0.01, CertificateState.EXPIRING, id="nearly over"),
        pytest.param(0.0, CertificateState.EXPIRED, id="over"),
    ],
)
def test_a_certificate_of_a_day(hours_left: float, expected: CertificateState) -> None:
    expires_at = NOW + timedelta(hours=hours_left)
    device = a_device(
        certificate_issued_at=expires_at - timedelta(hours=24), certificate_expires_at=expires_at
    )

    assert expected is certificate_state(device, NOW)


def test_a_certificate_that_nobody_noted() -> None:
    assert certificate_state(a_device(), NOW) is CertificateState.UNKNOWN
