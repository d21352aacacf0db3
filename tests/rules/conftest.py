"""The built-in rules, made once for all: to read them and to make their gate costs a second."""

from __future__ import annotations

from functools import cache

import pytest

from tensionwatch.rules import LoadedRules, load_rules


@cache
def built_in() -> LoadedRules:
    return load_rules()


@pytest.fixture(scope="session")
def rules() -> LoadedRules:
    return built_in()
