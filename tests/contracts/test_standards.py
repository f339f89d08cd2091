"""What every file of standards and every service profile must keep; a new file is tested the moment it exists."""

from __future__ import annotations

import re

import pytest

from geoplan.plugins import find, names, title
from geoplan.profiles.load import load_service, load_standards
from geoplan.profiles.standard import MARKS
from geoplan.siting.compliance import QUANTITIES


@pytest.mark.parametrize("name", names("standards"))
def test_a_file_of_standards_holds_what_the_report_prints(name: str) -> None:
    """Each standard has a title and clause in both languages, a unit, a source and a mark."""
    standards = load_standards([name])
    assert standards
    for standard in standards.values():
        for text in (*standard.title, *standard.clause, standard.unit, standard.source):
            assert text.strip()
        assert standard.mark in MARKS
        assert re.search("[一-鿿]", standard.title.zh)


@pytest.mark.parametrize("name", names("standards"))
def test_what_is_general_knowledge_is_never_a_citation(name: str) -> None:
    """A standard marked G says in its source that it is an assumption, practice or to be verified."""
    for standard in load_standards([name]).values():
        if standard.mark == "G":
            assert re.search("assumption|practice|verified", standard.source), standard.id


@pytest.mark.parametrize("name", names("standards"))
def test_what_a_standard_bounds_can_be_measured(name: str) -> None:
    """A standard that names a quantity has a sense, and the quantity can be measured of an option."""
    for standard in load_standards([name]).values():
        if standard.quantity:
            assert standard.quantity in QUANTITIES, standard.id
            assert standard.sense


@pytest.mark.parametrize("kind", ["standards", "services"])
def test_each_data_file_has_a_title(kind: str) -> None:
    """The listing shows a title in English, and the second line gives it in Chinese."""
    for name in names(kind):
        assert title(kind, name)
        second = find(kind, name).read_text(encoding="utf-8").splitlines()[1]
        assert second.startswith("title_zh: ")


def test_all_files_of_standards_can_stand_together() -> None:
    """No id stands in two files."""
    assert len(load_standards(names("standards"))) == sum(len(load_standards([n])) for n in names("standards"))


@pytest.mark.parametrize("name", names("services"))
def test_a_service_is_whole(name: str) -> None:
    """Bands follow each other in age; option kinds have a plug-in, hosts, bands, departments and checks that hold."""
    service = load_service(name)
    months = [band.months for band in service.bands]
    assert months == sorted(months)
    assert all(low < high for low, high in months)
    assert list(service.reaches_m) == sorted(service.reaches_m)
    for kind in service.options.values():
        assert kind.id in names("options")
        assert kind.hosts
        assert set(kind.bands) <= set(service.band_ids)
        assert kind.departments
        assert all(d.en and d.zh for d in kind.departments)
        assert kind.max_classes >= 1
        assert kind.cost_yuan.value > 0
        assert kind.checks
        assert all(service.standards[c].quantity in QUANTITIES for c in kind.checks)


@pytest.mark.parametrize("name", names("services"))
def test_a_profile_repeats_no_number_of_a_standard(name: str) -> None:
    """A profile's own numbers are months and shares of census columns; all others are standards."""
    text = find("services", name).read_text(encoding="utf-8")
    plain = [line for line in text.splitlines() if not re.match(r" *(months|people|note|title|clause)", line)]
    assert not [line for line in plain if re.search(r": *[\d.]+\s*$", line)]
