"""Fields are filled from a sheet; gaps are shown."""

from typing import Any

from incident_app.notices.catalogue import catalogue
from incident_app.notices.fields import fill
from incident_app.notices.values import Missing
from tests.notices.sheets import full_sheet, sheet_of_the_first_minutes


def names_missing(template_name: str, sheet: dict[str, Any]) -> set[str]:
    return {field.name for field in fill(catalogue()[template_name], sheet).missing}


def test_a_whole_sheet_leaves_no_gap() -> None:
    """Every path that a template declares exists in the sheet that the services build."""
    for template in catalogue().values():
        assert fill(template, full_sheet()).missing == []


def test_what_the_sheet_does_not_say_is_missing_and_not_an_error() -> None:
    """The first report must go out even when almost nothing is known."""
    missing = names_missing("first_report", sheet_of_the_first_minutes())

    assert {"quantity", "place", "contract_name", "seal"} <= missing
    assert "content" not in missing, "under investigation is an answer"
    assert "police" not in missing, "not required"


def test_an_empty_text_is_a_gap_but_zero_is_a_number() -> None:
    """0 letters returned is good news; an empty box is no news."""
    sheet = full_sheet()
    sheet["incident"]["occurred"] = ""
    filled = fill(catalogue()["final_report"], sheet)

    assert [field.name for field in filled.missing] == ["occurred"]
    assert filled.values["notices_bounced"] == 0


def test_an_empty_list_says_that_there_is_nothing() -> None:
    """No measures yet is a fact; no word about measures is a gap."""
    sheet = full_sheet()
    sheet["measures"] = []
    assert names_missing("first_report", sheet) == set()

    del sheet["measures"]
    assert names_missing("first_report", sheet) == {"measures"}


def test_a_cell_that_a_row_does_not_have_is_shown_as_a_gap() -> None:
    """An instruction without a word on its deadline must not look like one without a deadline."""
    sheet = full_sheet()
    del sheet["instruction"]["items"][0]["by_when"]
    first, second = fill(catalogue()["instruction_sheet"], sheet).values["items"].rows

    assert first["by_when"] == Missing("期限")
    assert second["to_whom"] == ""


def test_a_path_that_ends_in_a_text_is_missing() -> None:
    """A sheet of another shape is not a reason to fail at 2 a.m."""
    assert "content" in names_missing("first_report", {"facts": "unknown"})


def test_a_fact_without_its_state_shows_that_gap() -> None:
    """Article 16(1): a number without knowing how sure it is would be read as certain."""
    sheet = full_sheet()
    del sheet["facts"]["quantity"]["state"]

    assert fill(catalogue()["first_report"], sheet).values["quantity"].state == Missing("数量の状態")
