"""The report of a scenario stands beside the base: the same differences as between the two results, however the runs were made."""

from __future__ import annotations

from pathlib import Path

import pytest

import geoplan as gp
from geoplan.report.document import document
from geoplan.report.model import Table
from geoplan.study.manifest import read_manifest
from tests import town

STUDY = (
    town.STUDY.split("scenarios:")[0]
    + "report: { sections: [summary, comparison] }\nscenarios:\n  less: { demand: { uptake: low } }\n"
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town on disk with a base and one scenario."""
    return town.build(tmp_path_factory.mktemp("comparison"), STUDY)


def test_base_and_scenario_stand_side_by_side_however_they_were_run(study: Path, tmp_path: Path) -> None:
    """The differences are those of the results; run in turn, at once, or with the base found done, the report has the same bytes."""
    loaded = gp.load_study(study)
    done = gp.run(loaded, tmp_path / "turn")
    assert next(s.blocks for s in document(done["base"]).sections if s.name == "comparison") == ()
    blocks = next(s.blocks for s in document(done["less"]).sections if s.name == "comparison")
    table = next(b for b in blocks if isinstance(b, Table) and b.name == "against_base")
    rows = [[cell.value for cell in row[1:4]] for row in table.rows]
    assert all(more == pytest.approx(here - base) for base, here, more in rows)
    wanted = [done[name].numbers["demand_total"] for name in ("base", "less")]
    assert [*wanted, wanted[1] - wanted[0]] in rows
    assert wanted[1] < wanted[0]
    gp.run(loaded, tmp_path / "once", jobs=2)
    first = read_manifest(tmp_path / "turn" / "less")["files"]
    assert read_manifest(tmp_path / "once" / "less")["files"] == first
    (tmp_path / "once" / "less" / "manifest.json").write_text("{}", encoding="utf-8")
    gp.run(loaded, tmp_path / "once", resume=True)
    assert read_manifest(tmp_path / "once" / "less")["files"] == first
    assert "report.docx" in first
