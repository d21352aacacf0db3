"""For all tests."""

from __future__ import annotations

from hypothesis import settings

import tests.caches  # noqa: F401  before anything is started

# A busy machine is no failure: how long an example takes is not what is tested.
settings.register_profile("tensionwatch", deadline=None)
settings.load_profile("tensionwatch")
