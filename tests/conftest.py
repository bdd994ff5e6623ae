"""Shared fixtures: small traces recorded once per session, in a temporary folder."""

from pathlib import Path

import pytest

from engine import experiments


@pytest.fixture(scope="session")
def traces(tmp_path_factory) -> Path:
    """A folder like data/traces in which the quick runs (the cities) have been recorded."""
    folder = tmp_path_factory.mktemp("traces")
    for name in ("cities3", "cities3_adam"):
        experiments.run(name, folder)
    return folder
