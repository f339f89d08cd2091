"""The report of a scenario stands beside the base: the same differences as between the two results, however the runs were made."""

from __future__ import annotations

from pathlib import Path

import pytest

import geoplan as gp
from geoplan.report.document import document
from geoplan.report.model import Table
from geoplan.study.manifest import read_manifest
from tests import town

STUDY = town.STUDY.split("scenarios:")[0] + "scenarios:\n  less: { demand: { uptake: low } }\n"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town on disk with a base and one scenario."""
    return town.build(tmp_path_factory.mktemp("comparison"), STUDY)


def test_differences_are_those_of_the_results(study: Path) -> None:
    """Base and scenario stand side by side with their difference; the base itself has no such section."""
    done = gp.run(gp.load_study(study))
    assert next(s.blocks for s in document(done["base"]).sections if s.name == "comparison") == ()
    blocks = next(s.blocks for s in document(done["less"]).sections if s.name == "comparison")
    table = next(b for b in blocks if isinstance(b, Table) and b.name == "against_base")
    rows = {row[0]: [cell.value for cell in row[1:4]] for row in table.rows}
    for base, here, more in rows.values():
        assert more == pytest.approx(here - base)
    wanted = [done[name].numbers["demand_total"] for name in ("base", "less")]
    assert [*wanted, wanted[1] - wanted[0]] in list(rows.values())
    assert wanted[1] < wanted[0]


def test_runs_in_turn_at_once_and_again_write_the_same_report(study: Path, tmp_path: Path) -> None:
    """Scenarios run one after the other, at the same time, or with the base found done give the same bytes of the report."""
    loaded, folder = gp.load_study(study), tmp_path
    for name, jobs in (("turn", 1), ("once", 2)):
        gp.run(loaded, folder / name, jobs=jobs)
    (folder / "once" / "less" / "manifest.json").write_text("{}", encoding="utf-8")
    gp.run(loaded, folder / "once", resume=True)
    both = [read_manifest(folder / name / "less")["files"] for name in ("turn", "once")]
    assert both[0] == both[1]
    assert "report.docx" in both[0]
