"""How property tests run on a machine that is busy with others: few examples, no stop-watch."""

from hypothesis import HealthCheck, settings

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
