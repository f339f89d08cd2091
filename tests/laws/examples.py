"""How many examples a law is tried on: a few in the suite, thousands as a long law (`GEOPLAN_LONG_LAWS=1`)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

LONG = bool(os.environ.get("GEOPLAN_LONG_LAWS"))
TIMES = 25 if LONG else 1  # 200 examples of the suite are then 5,000


def tried(examples: int) -> settings:
    """So many examples in the suite; 25 times as many as a long law."""
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples * TIMES, deadline=None, suppress_health_check=slow)
