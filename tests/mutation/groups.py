"""The groups of modules whose tests are tried, and the tests that look after each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Group:
    """Modules (patterns from the root; `path:function` for one function) and test files; `compiled`: numba's kernels stay compiled."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    compiled: bool = True

    def sources(self) -> dict[Path, str]:
        """Each module by its path, with the one function that counts, or ""."""
        found = {}
        for module in self.modules:
            pattern, _, function = module.partition(":")
            found |= {path: function for path in sorted(ROOT.glob(pattern)) if path.name != "__init__.py"}
        return found

    def test_files(self) -> list[str]:
        """The test files, and the modules themselves for their doctests."""
        named = [p.relative_to(ROOT).as_posix() for pattern in self.tests for p in sorted(ROOT.glob(pattern))]
        return named + [p.relative_to(ROOT).as_posix() for p in self.sources()]


READERS = ["_parse", "_position", "_encoding", "_resolve", "_values", "tables", "vectors", "datum", "datum_test"]
GROUPS = {
    "check": Group(
        ("geoplan/location/check.py", "geoplan/study/numbers.py:check_numbers"),
        ("tests/test_location_check.py", "tests/contracts/test_models.py", "tests/laws/test_check_laws.py"),
    ),
    "publish": Group(
        ("geoplan/files.py", "geoplan/study/manifest.py"),
        ("tests/laws/test_publish_laws.py", "tests/test_study_run.py"),
    ),
    "access": Group(
        ("geoplan/access/*.py", "geoplan/access/measures/*.py"),
        ("tests/test_access_*.py", "tests/contracts/test_measures.py", "tests/laws/test_access_laws.py"),
        compiled=False,
    ),
    "travel": Group(
        tuple(f"geoplan/network/{name}.py" for name in ("cost", "snap", "_search", "_kernel", "travel", "nearest", "straight", "sums")),
        ("tests/test_network_*.py", "tests/laws/test_travel_laws.py", "tests/laws/test_edit_laws.py"),
        compiled=False,
    ),
    "models": Group(
        ("geoplan/location/models/*.py", "geoplan/location/problem.py", "geoplan/location/plan.py"),
        ("tests/test_location_*.py", "tests/contracts/test_models.py", "tests/laws/test_model_laws.py"),
    ),
    "reading": Group(
        tuple(f"geoplan/sources/{name}.py" for name in READERS),
        ("tests/test_sources_*.py", "tests/laws/test_reading_laws.py"),
    ),
}  # fmt: skip
