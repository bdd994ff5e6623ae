"""Shared fixtures, and what property tests try: the same examples in every run, or as many random ones as asked for.

`HUNT=2000 make test` tries two thousand new examples of every property; a fault that this finds becomes a test of its
own. Without it a run says the same about the same code, whatever the day.
"""

import os
from pathlib import Path

import browsing
import pytest
from hypothesis import settings

from engine import experiments

HUNT = int(os.environ.get("HUNT", "0"))
settings.register_profile("gradreel", derandomize=not HUNT, deadline=None)
settings.load_profile("gradreel")


def pytest_collection_modifyitems(items):
    for item in items:
        asked = getattr(item.obj, "_hypothesis_internal_use_settings", None)  # where @settings leaves them
        if HUNT and asked is not None:
            item.obj._hypothesis_internal_use_settings = settings(asked, max_examples=HUNT, derandomize=False)


@pytest.fixture(scope="session")
def traces(tmp_path_factory) -> Path:
    """A folder like data/traces in which the quick runs (the cities) have been recorded."""
    folder = tmp_path_factory.mktemp("traces")
    for name in ("cities3", "cities3_adam"):
        experiments.run(name, folder)
    return folder


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    driver = browsing.opened()
    yield driver
    driver.quit()
