"""Taking numbers out of a sample: only finite ones within their metric's range get in."""

from collections.abc import Mapping
from types import MappingProxyType

from sickbay_collector.core.errors import InvalidError
from sickbay_collector.core.metric import METRICS
from sickbay_collector.core.sample import Readings

NO_READINGS: Mapping[str, float] = MappingProxyType({})
"""A metric that the sample does not hold."""

REFRESH_S = 900
"""How old evidence grows before an equal reading renews it.

Confidence falls after a day at the earliest, so that a quarter of an hour does not show, and most
samples change nothing.
"""


def checked(metric: str, instance: str, value: float) -> float:
    """Return a reading.

    Raises:
        InvalidError: It is NaN, infinite or out of the metric's range.
    """
    bounds = METRICS[metric]
    # False for NaN too.
    if bounds.low <= value <= bounds.high:
        return value
    where = f"{metric} of {instance}" if instance else metric
    raise InvalidError(
        f"{where} is {value}: a reading must be {bounds.low} to {bounds.high}; "
        "drop it before the score sees it"
    )


def single(readings: Readings, metric: str) -> float | None:
    """Return the reading of a metric that a device has once; None where there is none.

    Raises:
        InvalidError: It is NaN, infinite or out of the metric's range.
    """
    values = readings.get(metric)
    if values is None or (value := values.get("")) is None:
        return None
    return checked(metric, "", value)
