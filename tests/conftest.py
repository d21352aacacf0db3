"""For all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

import tests.caches  # noqa: F401  before anything is started

# A busy machine is no failure: how long an example takes, or to make one up, is not what is tested. All runs try the
# same examples, so that none fails for what has not changed; `--hypothesis-profile=thorough` looks for new ones.
settings.register_profile("thorough", deadline=None, max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("tensionwatch", settings.get_profile("thorough"), max_examples=50, derandomize=True)
settings.load_profile("tensionwatch")
