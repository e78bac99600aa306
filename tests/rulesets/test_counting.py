"""When a rule's time is up: the guideline's way of counting, held against vectors worked out by hand."""

from datetime import UTC, date, datetime

import pytest

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import CLIENT, CONTRACTOR, PARTIES
from incident_app.domain.words import Words
from incident_app.rulesets.counting import Answer, as_json, count, count_all, known_day
from incident_app.rulesets.library import rulesets

APPI, MY_NUMBER, GDPR = (rulesets()[name] for name in ("jp-appi-2022", "jp-mynumber", "gdpr"))

VECTORS = {
    # known: day 3, day 5, raw and due of 30 days, raw and due of 60 days (month-day, with the year when it is another)
    "2026-04-24": ("04-26", "04-28", "05-23", "05-25", "06-22", "06-22"),
    "2026-04-03": ("04-05", "04-07", "05-02", "05-07", "06-01", "06-01"),
    "2026-04-07": ("04-09", "04-11", "05-06", "05-07", "06-05", "06-05"),
    "2026-11-30": ("12-02", "12-04", "12-29", "2027-01-04", "2027-01-28", "2027-01-28"),
    "2026-11-29": ("12-01", "12-03", "12-28", "12-28", "2027-01-27", "2027-01-27"),
    "2026-12-01": ("12-03", "12-05", "12-30", "2027-01-04", "2027-01-29", "2027-01-29"),
    "2026-12-04": ("12-06", "12-08", "2027-01-02", "2027-01-04", "2027-02-01", "2027-02-01"),
    "2026-08-23": ("08-25", "08-27", "09-21", "09-24", "10-21", "10-21"),
    "2026-09-23": ("09-25", "09-27", "10-22", "10-22", "11-21", "11-24"),
    "2028-01-31": ("02-02", "02-04", "02-29", "02-29", "03-30", "03-30"),
}


def answer(rule: str, known: date | datetime, *, party: str = CONTRACTOR, unlawful: bool = False) -> Answer:
    return count(APPI, APPI.rules[f"{party} {rule}"], known, unlawful=unlawful)


def day(written: str, known: str) -> date:
    return date.fromisoformat(written if len(written) > 5 else f"{known[:4]}-{written}")


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("known", VECTORS)
def test_the_final_report_is_due_on_the_30th_or_60th_day(known: str, party: str) -> None:
    """The day of knowledge is day 1, and a closed last day gives way to the next open one."""
    _, _, raw30, due30, raw60, due60 = (day(each, known) for each in VECTORS[known])
    shorter = answer("final_report", date.fromisoformat(known), party=party)
    longer = answer("final_report", date.fromisoformat(known), party=party, unlawful=True)

    assert (shorter.raw, shorter.due, shorter.rolled) == (raw30, due30, raw30 != due30)
    assert (longer.raw, longer.due, longer.rolled) == (raw60, due60, raw60 != due60)


@pytest.mark.parametrize("rule", ["preliminary_report", "notify_client"])
@pytest.mark.parametrize("known", VECTORS)
def test_the_preliminary_report_is_due_from_day_3_to_day_5_whatever_is_closed(known: str, rule: str) -> None:
    """No rule of holidays is written for it, so none is applied: a Sunday stays a Sunday."""
    day3, day5 = (day(each, known) for each in VECTORS[known][:2])
    counted = answer(rule, date.fromisoformat(known))

    assert (counted.window_from, counted.window_to) == (day3, day5)
    assert (counted.raw, counted.due, counted.rolled, counted.calendar) == (day5, day5, False, "")


def test_an_instant_counts_by_its_day_in_japan() -> None:
    """2026-11-29T15:30Z is half past midnight of the 30th in Tokyo; its UTC date would give 12-28."""
    at = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)

    assert known_day(at) == date(2026, 11, 30)
    assert answer("final_report", at).due == date(2027, 1, 4)
    assert answer("final_report", at).counted_from == date(2026, 11, 30)


def test_a_day_ends_with_its_last_second_in_japan() -> None:
    """The report may be filed until midnight in Tokyo, which is 15:00 UTC."""
    assert answer("final_report", date(2026, 11, 29)).due_at == datetime(2026, 12, 28, 14, 59, 59, tzinfo=UTC)


def test_the_explanation_goes_step_by_step_from_the_knowledge_to_the_date() -> None:
    """A date on a page is believed when each step to it can be checked on a wall calendar."""
    because = [words.en for words in answer("final_report", date(2026, 4, 3)).because]

    assert because == [
        "Known on Fri 2026-04-03: that day is day 1, and calendar days in Japan count.",
        "個人情報の保護に関する法律第26条第1項、同法施行規則第8条第2項: within 30 days, because no unlawful purpose is among the grounds.",
        "Day 30 is Sat 2026-05-02.",
        "Sat 2026-05-02 is closed (Saturday).",
        "Sun 2026-05-03 is closed (Constitution Day).",
        "Mon 2026-05-04 is closed (Greenery Day).",
        "Tue 2026-05-05 is closed (Children's Day).",
        "Wed 2026-05-06 is closed (Substitute Holiday).",
        "Due on Thu 2026-05-07.",
    ]


def test_closed_days_with_one_reason_are_told_as_one_run() -> None:
    """Six New Year days are one sentence, not six."""
    because = [words.ja for words in answer("final_report", date(2026, 11, 30)).because]

    assert "2026-12-29（火）から2027-01-03（日）までは閉庁日（年末年始の休日）です。" in because
    assert len(because) == 5


def test_the_explanation_says_why_there_are_60_days() -> None:
    """Twice the time needs its reason."""
    told = answer("final_report", date(2026, 4, 24), unlawful=True).because[1]

    assert told.ja.endswith("不正の目的による事態を含むため、60日以内です。")
    assert told.en.endswith("within 60 days, because an unlawful purpose is among the grounds.")


def test_what_is_not_certain_is_marked() -> None:
    """Nobody published how the 3 to 5 days are counted, and a year's holidays are announced in the February before."""

    def marked(counted: Answer) -> list[Words]:
        return [words for words in counted.because if words.ja.startswith("要確認：")]

    assert len(marked(answer("preliminary_report", date(2026, 4, 24)))) == 1
    assert marked(answer("final_report", date(2026, 4, 24))) == []
    assert marked(answer("final_report", date(2027, 12, 1))) == [
        Words(
            "要確認：2028年の休日はまだ官報で公告されておらず、見込みで数えた。",
            "To be confirmed: the holidays of 2028 are not announced yet and were counted as expected.",
        )
    ]


def test_the_calendar_is_named_by_its_version_only_where_it_was_asked() -> None:
    """A stored date must say by which list of holidays it was counted."""
    assert answer("final_report", date(2026, 4, 24)).calendar.startswith("JP holidays ")
    assert answer("preliminary_report", date(2026, 4, 24)).calendar == ""


def test_gdpr_counts_72_hours_and_no_days() -> None:
    """Article 33(1) runs through nights and holidays, from the instant of awareness."""
    at = datetime(2026, 12, 30, 3, 15, tzinfo=UTC)
    (counted,) = count_all(GDPR, CLIENT, at)

    assert counted.due_at == datetime(2027, 1, 2, 3, 15, tzinfo=UTC)
    assert counted.because[-1] == Words(
        "期限は2027-01-02（土） 12:15（日本時間）です。", "Due at Sat 2027-01-02 12:15 (Japan time)."
    )


def test_hours_cannot_be_counted_from_a_day() -> None:
    """Midnight would be a guess, and a guess of up to a day."""
    with pytest.raises(BadInput) as refusal:
        count_all(GDPR, CLIENT, date(2026, 11, 30))
    assert refusal.value.field == "known"


def test_all_dated_rules_of_a_party_are_counted_in_the_files_order() -> None:
    """The notice to individuals is due promptly, without a number: it has no date."""
    counted = count_all(APPI, CONTRACTOR, date(2026, 11, 30))

    assert [each.rule.name for each in counted] == ["notify_client", "preliminary_report", "final_report"]
    assert {each.ruleset for each in counted} == {"jp-appi-2022/v1"}
    assert [each.rule.name for each in count_all(MY_NUMBER, CLIENT, date(2026, 11, 30))] == [
        "preliminary_report",
        "final_report",
    ]


def test_a_rule_without_a_number_is_not_counted() -> None:
    """ "Promptly" must never become a date that somebody made up."""
    with pytest.raises(ValueError, match="notice_to_individuals has no number"):
        answer("notice_to_individuals", date(2026, 11, 30))


def test_a_party_may_have_rules_but_none_with_a_date() -> None:
    """GDPR asks the contractor to tell the client without undue delay, and names no hour."""
    assert count_all(GDPR, CONTRACTOR, date(2026, 11, 30)) == []


@pytest.mark.parametrize(
    ("party", "known"),
    [(CONTRACTOR, date(2022, 3, 31)), (CLIENT, date(2023, 3, 31))],
    ids=["before the statute", "before it came to local governments"],
)
def test_knowledge_before_the_rules_is_refused(party: str, known: date) -> None:
    """A rule binds from its own day on: Article 68 came to local governments a year later."""
    with pytest.raises(BadInput) as refusal:
        count_all(APPI, party, known)

    assert refusal.value.field == "known"
    assert str(known) in refusal.value.ja and str(known) in refusal.value.en


@pytest.mark.parametrize(("party", "known"), [(CONTRACTOR, date(2022, 4, 1)), (CLIENT, date(2023, 4, 1))])
def test_a_rule_binds_on_its_first_day(party: str, known: date) -> None:
    """In force from the day on means on that day."""
    assert count_all(APPI, party, known)


def test_the_empty_place_of_the_amendment_is_never_applied() -> None:
    """Promulgated is not in force; its relaxations must not be used early."""
    slot = rulesets()["jp-appi-2028"]
    for known in (date(2026, 7, 17), date(2028, 7, 17), date(2035, 1, 1)):
        with pytest.raises(BadInput):
            count_all(slot, CLIENT, known)


@pytest.mark.parametrize(
    "known",
    [
        datetime(2026, 11, 30, 9),  # noqa: DTZ001 - a time without its offset is what is refused
        date(26, 11, 30),
        date(9999, 12, 31),
        datetime.max.replace(tzinfo=UTC),
    ],
    ids=["naive", "year 26", "year 9999", "the last instant"],
)
@pytest.mark.parametrize("rule", ["preliminary_report", "final_report"])
def test_a_knowledge_that_cannot_be_meant_is_refused(known: date | datetime, rule: str) -> None:
    """A time without its offset could be either of two days."""
    with pytest.raises(BadInput) as refusal:
        answer(rule, known)
    assert refusal.value.field == "known"


def test_a_year_without_a_calendar_is_refused() -> None:
    """An unknown year has no holidays only because nobody entered them."""
    with pytest.raises(BadInput, match="2036") as refusal:
        answer("final_report", date(2035, 12, 5))
    assert refusal.value.field == "known"


def test_an_answer_as_json_has_the_agreed_keys() -> None:
    """Other programs read it by these names."""
    said = as_json(answer("final_report", date(2026, 11, 30)), "ja")

    assert {key: value for key, value in said.items() if key not in ("because", "article")} == {
        "rule": "final_report",
        "party": "contractor",
        "from": "2026-11-30",
        "raw": "2026-12-29",
        "due": "2027-01-04",
        "window_from": None,
        "window_to": None,
        "rolled": True,
    }
    assert list(said)[1] == "article" and said["article"].endswith("第8条第2項")
    assert said["because"][-1] == "期限は2027-01-04（月）です。"
    window = as_json(answer("preliminary_report", date(2026, 11, 30)), "en")
    assert (window["window_from"], window["window_to"]) == ("2026-12-02", "2026-12-04")
    assert window["because"][-1] == "Due on Fri 2026-12-04."
