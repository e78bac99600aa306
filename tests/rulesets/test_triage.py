"""Who must report, under which number, and how soon: the program proposes what the law says of the facts."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.domain.parties import CLIENT, CONTRACTOR, PARTIES
from incident_app.rulesets.facts import NO, UNKNOWN, YES, LegalFacts
from incident_app.rulesets.library import in_force, rulesets
from incident_app.rulesets.triage import Proposal, as_json, propose, said_by

TODAY = in_force(date(2026, 11, 30))
RULE_7, RULE_43 = "個人情報の保護に関する法律施行規則第7条第", "個人情報の保護に関する法律施行規則第43条第"
MY_NUMBER_RULE_2 = "平成27年特定個人情報保護委員会規則第5号第2条第"
ANNEX = "The contractor's report to the client under Article 16 of the annex is due all the same."
ORDINARY: dict[str, Any] = {
    **dict.fromkeys(("personal", "database"), YES),
    **dict.fromkeys(
        ("sensitive", "ordinance_sensitive", "property_damage", "unlawful_purpose", "my_number"), NO
    ),
    **dict.fromkeys(("my_number_system", "public_view", "encrypted", "recovered_unseen", "eu_residents"), NO),
}
"""A customer list was sent to the wrong address: personal data, and nothing else about it."""


def proposed(party: str, *, persons: int | tuple[int, int] = 3, **facts: Any) -> Proposal:
    """What is proposed of an ordinary case with these differences."""
    low, high = persons if isinstance(persons, tuple) else (persons, persons)
    return propose(
        LegalFacts(**{**ORDINARY, "persons_low": low, "persons_high": high, **facts}), party, TODAY
    )


def articles(proposal: Proposal) -> list[str]:
    return [found.article for found in proposal.carrying]


def english(proposal: Proposal) -> list[str]:
    return [words.en for words in proposal.because]


@pytest.mark.parametrize(
    ("party", "facts", "reportable", "grounds"),
    [
        (CONTRACTOR, {"persons": 1000}, False, []),
        (CONTRACTOR, {"persons": 1001}, True, [f"{RULE_7}4号"]),
        (CONTRACTOR, {"persons": (500, 1500)}, True, [f"{RULE_7}4号"]),
        (CONTRACTOR, {"persons": (500, 1000)}, False, []),
        (CLIENT, {"persons": 100}, False, []),
        (CLIENT, {"persons": 101}, True, [f"{RULE_43}4号"]),
        (CONTRACTOR, {"persons": 100, "my_number": YES}, False, []),
        (CONTRACTOR, {"persons": 101, "my_number": YES}, True, [f"{MY_NUMBER_RULE_2}4号"]),
        (CLIENT, {"persons": 100, "my_number": YES}, False, []),
        (CLIENT, {"persons": 101, "my_number": YES}, True, [f"{RULE_43}4号", f"{MY_NUMBER_RULE_2}4号"]),
        (CONTRACTOR, {"persons": 1, "sensitive": YES}, True, [f"{RULE_7}1号"]),
        (CLIENT, {"persons": 1, "sensitive": YES}, True, [f"{RULE_43}1号"]),
        (CONTRACTOR, {"property_damage": YES}, True, [f"{RULE_7}2号"]),
        (CLIENT, {"property_damage": YES}, True, [f"{RULE_43}2号"]),
        (CONTRACTOR, {"ordinance_sensitive": YES}, False, []),
        (CLIENT, {"ordinance_sensitive": YES}, True, [f"{RULE_43}5号"]),
        (CONTRACTOR, {"my_number": YES, "my_number_system": YES}, True, [f"{MY_NUMBER_RULE_2}1号"]),
        (CLIENT, {"my_number": YES, "public_view": YES}, True, [f"{MY_NUMBER_RULE_2}3号"]),
        (CLIENT, {"my_number": NO, "public_view": YES}, False, []),
    ],
)
def test_a_ground_makes_a_report_due(
    party: str, facts: dict[str, Any], reportable: bool, grounds: list[str]
) -> None:
    """Thresholds are "exceeds", a possible maximum above them counts, and each party is weighed by its own law."""
    proposal = proposed(party, **facts)

    assert (proposal.reportable, articles(proposal)) == (reportable, grounds)
    assert (proposal.days, proposal.unlawful) == (30, False)


@pytest.mark.parametrize("party", PARTIES)
def test_ransomware_on_three_persons_is_reportable_within_60_days(party: str) -> None:
    """An unlawful purpose needs no number of persons, and investigations take longer."""
    proposal = proposed(party, persons=3, unlawful_purpose=YES)

    assert (proposal.reportable, proposal.days, proposal.unlawful) == (True, 60, True)
    assert articles(proposal) == [f"{RULE_7 if party == CONTRACTOR else RULE_43}3号"]
    assert "The final report has 60 days, because an unlawful purpose is among the grounds." in english(
        proposal
    )


@pytest.mark.parametrize("party", PARTIES)
def test_an_unlawful_purpose_beside_another_ground_still_gives_60_days(party: str) -> None:
    """(iii) with (i): alone or with others, it is 60."""
    proposal = proposed(party, unlawful_purpose=YES, sensitive=YES)

    assert (len(proposal.carrying), proposal.days) == (2, 60)


def test_a_suspected_number_is_a_suspicion_and_no_certainty() -> None:
    """500 to 1,500 is reported as what it is; what would settle it is asked."""
    proposal = proposed(CONTRACTOR, persons=(500, 1500))
    (found,) = proposal.carrying

    assert found.possible and not found.unknown
    assert (
        f"{RULE_7}4号 (more than 1,000 persons): 500 to 1,500 persons, more than 1,000 asked; suspected."
        in english(proposal)
    )
    assert "Open: how many persons it concerns" in [words.en for words in proposal.open]


@pytest.mark.parametrize(
    ("low", "high", "reportable"),
    [(None, None, None), (1200, None, True), (500, None, None), (None, 1000, False), (None, 1001, True)],
)
def test_a_number_may_be_known_from_one_side(
    low: int | None, high: int | None, reportable: bool | None
) -> None:
    """ "At least 1,200" is enough; "at least 500" leaves it open; "at most 1,000" rules it out."""
    assert proposed(CONTRACTOR, persons_low=low, persons_high=high).reportable is reportable


def test_a_number_that_is_not_exceeded_is_said() -> None:
    """The officer sees that 1,000 was looked at, and by which number it was judged."""
    told = f"{RULE_7}4号（本人の数が1,000人を超える）：本人の数1,000人、基準1,000人超。該当しません。"
    assert told in [words.ja for words in proposed(CONTRACTOR, persons=1000).because]


def test_papers_outside_a_database_bind_the_client_but_not_the_contractor() -> None:
    """One misdirected medical paper: Article 26 asks for personal data, Article 68 does not."""
    paper: dict[str, Any] = {"database": NO, "sensitive": YES, "persons": 1}

    assert proposed(CONTRACTOR, **paper).reportable is False
    assert proposed(CLIENT, **paper).reportable is True
    assert "Whether it came from a database (personal data): no." in english(proposed(CONTRACTOR, **paper))


def test_an_unlawful_purpose_reaches_beyond_the_database() -> None:
    """Rule 7(iii) covers what was about to be obtained, such as a skimmed entry form."""
    assert articles(proposed(CONTRACTOR, database=NO, unlawful_purpose=YES, persons=5000)) == [f"{RULE_7}3号"]


@pytest.mark.parametrize(("party", "persons"), [(CONTRACTOR, 1001), (CLIENT, 101)])
def test_a_number_alone_is_enough_until_somebody_says_that_it_is_no_list(party: str, persons: int) -> None:
    """At night nobody asks whether it was a database: it is taken for one, and the question stays open."""
    bare = propose(LegalFacts(persons_low=persons, persons_high=persons), party, TODAY)
    assert bare.reportable is True
    assert [found.name for found in bare.carrying] == ["many_persons"]
    assert propose(LegalFacts(persons_low=persons, personal=NO), party, TODAY).reportable is not True


@pytest.mark.parametrize("party", PARTIES)
def test_an_open_answer_is_not_a_no(party: str) -> None:
    """Nobody asked whether illnesses were on the list: the case is open until somebody does."""
    proposal = proposed(party, sensitive=UNKNOWN)

    assert proposal.reportable is None
    assert [(found.name, found.possible, found.unknown) for found in proposal.grounds] == [
        ("sensitive", True, True)
    ]
    assert any("sensitive information" in words.en for words in proposal.open)
    assert "It hangs on open questions. Treat it as reportable until that is ruled out." in english(proposal)


@pytest.mark.parametrize("party", PARTIES)
def test_nothing_known_decides_nothing(party: str) -> None:
    """An empty form is no clearance."""
    proposal = propose(LegalFacts(), party, TODAY)

    assert proposal.reportable is None and proposal.grounds and proposal.open


def test_an_unknown_purpose_does_not_lengthen_the_time() -> None:
    """The shorter date stands until somebody says that the purpose was unlawful: 60 days by default would be missed days."""
    proposal = proposed(CONTRACTOR, persons=1001, unlawful_purpose=UNKNOWN)

    assert (proposal.reportable, proposal.days) == (True, 30)
    assert articles(proposal) == [f"{RULE_7}4号"]
    assert [found.name for found in proposal.grounds] == ["unlawful_purpose", "many_persons"]
    assert (
        "Whether the purpose was unlawful is not answered: the final report gets the shorter 30 days."
        in english(proposal)
    )


def test_unknown_my_numbers_are_a_possible_ground_only() -> None:
    """The commission's form treats unknown as yes; so the question stays on the page."""
    proposal = proposed(CLIENT, persons=50, my_number=UNKNOWN, public_view=YES)

    assert proposal.reportable is None
    assert articles(proposal) == [f"{MY_NUMBER_RULE_2}3号"]
    assert proposal.open[0].en == "Open: whether it holds my-numbers"


@pytest.mark.parametrize("party", PARTIES)
def test_information_about_nobody_is_not_reportable(party: str) -> None:
    """Confidential drawings have no individuals, whatever else was answered."""
    proposal = proposed(party, personal=NO, sensitive=YES, unlawful_purpose=YES, persons=5000)

    assert (proposal.reportable, proposal.grounds, proposal.open) == (False, (), ())
    assert english(proposal)[-1] == ANNEX


def test_sensitive_information_is_about_somebody() -> None:
    """Whoever says that illnesses were on it has said that it was about people."""
    assert proposed(CLIENT, personal=UNKNOWN, sensitive=YES).reportable is True


SAFE = {
    "encrypted": YES,
    "cipher": "AES-256",
    "key_separate": YES,
    "key_exposed": NO,
    "assessed_by": "情報政策課長",
}


@pytest.mark.parametrize("party", PARTIES)
def test_a_well_encrypted_usb_stick_is_exempt_but_not_from_the_annex(party: str) -> None:
    """460,517 people on one stick: no statutory report, and Article 16 all the same."""
    proposal = proposed(party, persons=460_517, **SAFE)

    assert (proposal.reportable, proposal.grounds) == (False, ())
    assert proposal.exemption and proposal.exemption.en.startswith("Exempt: strong encryption")
    assert [words.en for words in proposal.exempt_because][:5] == [
        "encrypted: yes (AES-256)",
        "key kept apart: yes",
        "key exposed: no",
        "wiped from afar: unknown",
        "assessed by: 情報政策課長",
    ]
    assert proposal.exempt_because[5].ja.startswith("要確認：")
    assert english(proposal)[-1] == ANNEX


@pytest.mark.parametrize(
    ("differences", "exempt"),
    [
        ({}, True),
        ({"key_exposed": UNKNOWN}, True),
        ({"key_separate": UNKNOWN}, False),
        ({"key_exposed": YES}, False),
        ({"key_exposed": YES, "remote_wiped": YES}, True),
        ({"key_separate": NO, "remote_wiped": YES}, True),
        ({"encrypted": UNKNOWN}, False),
        ({"encrypted": NO}, False),
        ({"assessed_by": ""}, False),
    ],
)
def test_encryption_exempts_only_with_a_safe_key_and_an_assessor(
    differences: dict[str, str], exempt: bool
) -> None:
    """A password on the label of the stick exempts nothing, and neither does nobody's opinion."""
    proposal = proposed(CONTRACTOR, persons=2000, **{**SAFE, **differences})

    assert (proposal.exemption is not None, proposal.reportable) == (exempt, not exempt)


def test_what_is_missing_to_an_exemption_is_asked() -> None:
    """The stick was encrypted; who holds the key is the question that decides."""
    proposal = proposed(CONTRACTOR, persons=2000, encrypted=YES)

    assert (
        "Open: the conditions of “strong encryption” (encrypted: yes, key kept apart: unknown, "
        "key exposed: unknown, wiped from afar: unknown, assessed by: nobody yet)"
    ) in [words.en for words in proposal.open]


@pytest.mark.parametrize("party", PARTIES)
def test_what_came_back_unseen_did_not_leak(party: str) -> None:
    """A parcel returned unopened: nothing leaked, and the client is told all the same."""
    proposal = proposed(party, persons=5000, sensitive=YES, recovered_unseen=YES)

    assert (proposal.reportable, proposal.grounds) == (False, ())
    assert proposal.exemption and "nothing leaked" in proposal.exemption.en
    assert english(proposal)[-1] == ANNEX


@pytest.mark.parametrize(
    ("kinds", "recovered", "copied", "reportable"),
    [
        ({"loss"}, NO, YES, False),
        ({"damage", "loss"}, NO, YES, False),
        ({"loss"}, NO, NO, True),
        ({"loss"}, YES, NO, True),
        ({"leak"}, NO, YES, True),
        ({"leak", "loss"}, NO, YES, True),
        ({"leak", "loss"}, YES, NO, True),
        ({"leak", "loss"}, YES, YES, False),
    ],
)
def test_each_kind_of_event_has_its_own_way_out(
    kinds: set[str], recovered: str, copied: str, reportable: bool
) -> None:
    """A copy undoes a loss and no leak; a recovery undoes a leak and no loss."""
    proposal = proposed(
        CLIENT, persons=5000, kinds=frozenset(kinds), recovered_unseen=recovered, copy_exists=copied
    )
    assert proposal.reportable is reportable


def test_small_events_with_my_numbers_are_reported_by_guideline() -> None:
    """The city reports every one; the contractor is asked to try."""
    assert any("report every event" in words for words in english(proposed(CLIENT, my_number=YES)))
    assert any("endeavour" in words for words in english(proposed(CONTRACTOR, my_number=YES)))
    assert not any("every event" in words for words in english(proposed(CLIENT, my_number=NO)))
    assert not any("every event" in words for words in english(proposed(CLIENT, my_number=YES, persons=101)))


def test_gdpr_enters_only_with_people_in_the_eu() -> None:
    """Unknown is a question, not a ground; no is silence."""
    yes, unknown, no = (proposed(CLIENT, eu_residents=answer) for answer in (YES, UNKNOWN, NO))

    assert (yes.reportable, articles(yes)) == (True, ["GDPR第33条第1項"])
    assert not any("final report" in words for words in english(yes))
    assert (unknown.reportable, [words.en for words in unknown.open]) == (
        False,
        ["Open: whether people in the EU are among the individuals"],
    )
    assert no.open == ()


def test_gdpr_spares_what_puts_nobody_at_risk_when_somebody_assessed_it() -> None:
    """The low risk must be somebody's finding, and the Japanese grounds do not care."""
    assert proposed(CLIENT, eu_residents=YES, low_risk=YES).reportable is True
    assert proposed(CLIENT, eu_residents=YES, low_risk=NO, assessed_by="課長").reportable is True
    assert proposed(CLIENT, eu_residents=YES, low_risk=YES, assessed_by="課長").reportable is False
    japanese = proposed(CLIENT, eu_residents=YES, low_risk=YES, assessed_by="課長", persons=101)
    assert articles(japanese) == [f"{RULE_43}4号"]


def test_the_contractor_tells_the_client_under_gdpr() -> None:
    """Article 33(2): not a report to an authority, but not nothing."""
    proposal = proposed(CONTRACTOR, eu_residents=YES)

    assert proposal.reportable is False
    assert any("33(2)" in words for words in english(proposal))


def test_the_amendment_to_come_is_not_looked_at() -> None:
    """Its relaxation must not talk anybody out of a report."""
    facts = LegalFacts(**ORDINARY, persons_low=101, persons_high=101)

    assert propose(facts, CLIENT, rulesets().values()) == propose(facts, CLIENT, TODAY)
    assert propose(facts, CLIENT, TODAY).rulesets == ("gdpr/v1", "jp-appi-2022/v1", "jp-mynumber/v1")


def test_without_law_in_force_nothing_is_decided() -> None:
    """A gap in the data must not read as a clearance."""
    proposal = propose(
        LegalFacts(**ORDINARY, persons_low=1, persons_high=1), CLIENT, [rulesets()["jp-appi-2028"]]
    )

    assert proposal.reportable is None
    assert [words.en for words in proposal.open] == ["Open: no ruleset was in force on that day"]


def test_a_proposal_as_json_has_the_agreed_keys() -> None:
    """Other programs read it by these names; open questions stand at the end of the sentences."""
    said = as_json(proposed(CONTRACTOR, persons=1001, sensitive=UNKNOWN), "en")

    assert list(said) == ["party", "reportable", "grounds", "days", "because"]
    assert (said["party"], said["reportable"], said["grounds"], said["days"]) == (
        "contractor",
        True,
        [f"{RULE_7}4号"],
        30,
    )
    assert said["because"][-1].startswith("Open: whether it holds sensitive information")
    assert as_json(proposed(CLIENT), "ja")["because"][-1].startswith("特記事項第16条")


def test_a_no_to_an_open_question_does_not_change_what_was_proposed() -> None:
    """A decision is asked for again when the proposal changes, and not for every box that is ticked."""
    open_one, ruled_out, crossed = (
        said_by(proposed(CONTRACTOR, persons=1001, sensitive=answer)) for answer in (UNKNOWN, NO, YES)
    )
    assert open_one == ruled_out != crossed
    assert ruled_out == {
        "reportable": True,
        "grounds": ["jp-appi-2022/v1 many_persons"],
        "days": 30,
        "exemption": False,
        "rulesets": ["gdpr/v1", "jp-appi-2022/v1", "jp-mynumber/v1"],
    }


def test_eight_hundred_that_become_twelve_hundred_change_the_proposal() -> None:
    """The clock that starts late is the one that is forgotten."""
    assert said_by(proposed(CONTRACTOR, persons=800))["reportable"] is False
    assert said_by(proposed(CONTRACTOR, persons=1200))["reportable"] is True


facts = st.builds(
    LegalFacts,
    **{
        name: st.sampled_from([YES, NO, UNKNOWN])
        for name in (*ORDINARY, "copy_exists", "key_separate", "low_risk")
    },
    kinds=st.sets(st.sampled_from(["leak", "damage", "loss"]), min_size=1).map(frozenset),
    persons_low=st.one_of(st.none(), st.integers(0, 2000)),
    assessed_by=st.sampled_from(["", "課長"]),
)


@given(facts, st.sampled_from(PARTIES))
def test_every_proposal_hangs_together(said: LegalFacts, party: str) -> None:
    """Whatever is answered: grounds go with a report, clearance names the annex, and all is said twice."""
    proposal = propose(said, party, TODAY)

    assert bool(proposal.carrying) == (proposal.reportable is not False)
    assert (proposal.days == 60) == proposal.unlawful
    assert (ANNEX in english(proposal)) == (proposal.reportable is False)
    assert all(words.ja and words.en for words in (*proposal.because, *proposal.open))
    assert len(set(proposal.because)) == len(proposal.because)
