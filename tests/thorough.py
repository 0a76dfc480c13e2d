"""How many examples a property is tried on: enough at each run, ten times as many with THOROUGH=1."""

import os

from hypothesis import HealthCheck, settings

TIMES = 10 if os.environ.get("THOROUGH") else 1


def examples(count: int) -> settings:
    """The settings of a property that is tried on `count` examples, however slow the machine is."""
    return settings(max_examples=count * TIMES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
