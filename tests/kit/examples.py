"""How property tests run whose examples take long."""

from hypothesis import settings

FEW = settings(max_examples=60)
