"""The listing of standards: what may be printed, and who applies it."""

from __future__ import annotations

from geoplan.plugins import names
from geoplan.profiles.listing import information, row_of, standard_rows
from geoplan.profiles.load import load_service, load_standards
from geoplan.profiles.units import UNITS, unit_text

ROWS = {row.id: row for row in standard_rows()}


def test_every_standard_is_listed_once() -> None:
    """The listing has one row for each standard of each file, in both languages."""
    assert list(ROWS) == list(load_standards(names("standards")))
    assert all(row.title.en and row.title.zh and row.unit.en and row.unit.zh and row.place.zh for row in ROWS.values())


def test_what_is_to_be_verified_is_listed_without_a_citation() -> None:
    """A standard marked G has neither clause nor source in the listing; every other has both."""
    for row in ROWS.values():
        assert bool(row.clause.en) == bool(row.clause.zh) == bool(row.source) == (row.mark != "G"), row.id


def test_a_value_of_the_study_is_shown_beside_the_one_that_it_replaces() -> None:
    """An override is listed as set in this study, with the old value and without the citation of the old one."""
    row = row_of(load_service(overrides={"reach_strict": 350}).standards["reach_strict"])
    assert (row.value, row.replaces, row.mark, row.source, row.clause.en) == (350, 300, "local", "", "")
    assert ROWS["reach_strict"].replaces is None


def test_the_listing_says_which_service_applies_a_standard() -> None:
    """A row names the services that apply it; a figure for comparison names none."""
    assert ROWS["reach_strict"].services == ("childcare_cn",)
    assert ROWS["room_reach"].services == ("nursing_room_cn",)
    assert ROWS["xiamen_places_new"].services == ()


def test_information_and_what_is_applied_share_nothing() -> None:
    """The figures that a service knows for comparison are those that none of its rules applies."""
    service = load_service()
    known = information(service)
    assert known
    assert not set(known) & set(service.standards)


def test_units_are_words_of_both_languages() -> None:
    """Each unit has both languages; one that is not known stays as it is."""
    assert all(text.en and text.zh for text in UNITS.values())
    assert unit_text("yuan/place/year").zh == "元/托位/年"
    assert unit_text("furlong").zh == "furlong"
