"""The laws of budgets: whatever a file says of itself, reading it takes no more than the memory of an office computer."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from geoplan.sources import budgets
from geoplan.sources._messages import messages
from tests.bombs import BOMBS

SOURCES = Path(budgets.__file__).parent
ROOT = SOURCES.parents[1]
LARGEST_MB = 800
LIMITS = [name for name in vars(budgets) if name.isupper() and name not in {"KB", "MB", "GB"}]
OF_THE_STUDY = {"GP-S001"}  # said by `study.scenarios`


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_little_memory(name: str, tmp_path: Path) -> None:
    """It ends with a code, and neither process ever held 800 MB."""
    path = BOMBS[name](tmp_path)
    words = [sys.executable, "-m", "tests.bombs", str(path)]
    ended = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT, timeout=300, env=os.environ)
    code, most_mb = ended.stdout.split()
    assert re.fullmatch(r"GP-[FRV]\d{3}", code), ended.stdout
    assert int(most_mb) < LARGEST_MB


def test_no_reader_has_a_limit_of_its_own() -> None:
    """Numbers called MAX or LARGEST or counted in bytes stand in `budgets` alone; lengths in metres and people are no budgets."""
    for path in [*SOURCES.glob("*.py"), ROOT / "geoplan" / "study" / "scenarios.py"]:
        if path.name == "budgets.py":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)]
            assert not [n for n in names if re.match(r"MAX_|DEEPEST|MOST_", n) or n.endswith("_BYTES")], path.name


@pytest.mark.parametrize("name", LIMITS)
def test_each_limit_says_its_unit_its_reason_and_its_code(name: str) -> None:
    """Its line ends in a comment with a reason and known codes, and some module uses it."""
    line = next(s for s in Path(budgets.__file__).read_text(encoding="utf-8").splitlines() if s.startswith(f"{name} ="))
    _, comment = line.split("  # ")
    reason, codes = comment.rsplit("; ", 1)
    assert len(reason.split()) > 3
    assert codes == "no finding" or set(codes.split(", ")) <= set(messages()) | OF_THE_STUDY
    used = [*SOURCES.glob("*.py"), ROOT / "geoplan" / "study" / "scenarios.py"]
    assert any(re.search(rf"budgets\.{name}\b", p.read_text(encoding="utf-8")) for p in used) or name.startswith(
        "READ_"
    )


def test_a_part_of_a_shapefile_has_the_limit_of_a_file(tmp_path: Path) -> None:
    """A table of 3 GB beside a shape of 128 bytes is refused, unread."""
    from geoplan.errors import Findings, InputError
    from geoplan.sources.vectors import read_vector

    path = BOMBS["a table that lies"](tmp_path)
    os.truncate(path.with_suffix(".dbf"), 3 * budgets.GB)
    with pytest.raises(InputError, match="GP-F008"):
        read_vector(path, Findings())


def test_a_workbook_beyond_the_budget_is_refused_under_the_name_of_its_file(tmp_path: Path) -> None:
    """The finding names the file, and the sheet as the place."""
    from geoplan.errors import Findings, InputError
    from geoplan.sources.tables import read_table

    path = BOMBS["rows far to the right"](tmp_path)
    with pytest.raises(InputError) as caught:
        read_table(path, Findings())
    assert [(f.file, f.place) for f in caught.value.findings] == [(str(path), "sheet Sheet")]
