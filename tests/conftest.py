"""What many tests share: the town on disk, computed once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import town


@pytest.fixture(autouse=True, scope="session")
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the tests keep never touches the user's own folder."""
    os.environ["GEOPLAN_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def town_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the town's study file; its layers are read only."""
    return town.build(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def town_run(town_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the town's scenarios were published."""
    from geoplan import load_study, run

    out = tmp_path_factory.mktemp("maps")
    run(load_study(town_study), out)
    return out
