"""First words for notices and publications: from the case, and never guessed."""

from datetime import timedelta

from incident_app.domain.instruction import NOTIFY
from incident_app.domain.notice import INDIVIDUAL, SUBSTITUTE_NOTICE
from incident_app.services.containing import record_measure
from incident_app.services.drafting import name_for_notice, words_for_notice, words_for_publication
from incident_app.services.instructing import Order
from incident_app.services.opening import Said
from tests.cast import TANAKA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import drafted, instructed, reported

pytestmark = only_on_sqlite


def test_the_first_draft_says_what_the_case_says(work_of: WorkOf) -> None:
    """Day, circumstances, content and number were recorded that night; the notice repeats them."""
    with work_of(TANAKA) as work:
        facts = {
            "circumstances": Said("known", "電車内に鞄を置き忘れた。"),
            "content": Said("known", "氏名、住所"),
            "quantity": Said("estimated", low=900, high=1100),
        }
        incident = reported(work, occurred_at=work.now - timedelta(hours=3), facts=facts)
        record_measure(work, incident, "紛失届を提出した。")
        words = words_for_notice(incident, INDIVIDUAL)
    assert words["what_happened"] == (
        "令和8年11月29日、個人情報に関する事故が発生しました。\n電車内に鞄を置き忘れた。\n"
        "対象となった情報：氏名、住所\n件数：900～1,100件"
    )
    assert words["measures"] == "紛失届を提出した。"


def test_what_nobody_established_stays_empty(work_of: WorkOf) -> None:
    """A guessed cause in ten thousand letters cannot be taken back."""
    with work_of(TANAKA) as work:
        words = words_for_notice(reported(work), INDIVIDUAL)
    assert words["cause"] == "" and words["secondary_damage"] == "" and words["items"] == ""


def test_a_later_draft_keeps_its_words_and_fills_its_gaps(work_of: WorkOf) -> None:
    """The text that somebody wrote wins; what was unknown then is filled in from what is known now."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        drafted(work, incident).values = {"what_happened": "USBメモリを紛失しました。", "cause": ""}
        incident.cause = "持出しの手続を経なかった。"
        words = words_for_notice(incident, SUBSTITUTE_NOTICE)
    assert words["what_happened"] == "USBメモリを紛失しました。"
    assert words["cause"] == "持出しの手続を経なかった。"


def test_the_publication_begins_with_what_the_individuals_were_told(work_of: WorkOf) -> None:
    """Two texts that differ would be asked about by the press."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        drafted(work, incident)
        words = words_for_publication(incident)
    assert words["what_happened"] == "USBメモリを紛失しました。"
    assert "requests" not in words, "only what a publication prints"


def test_the_name_is_the_one_that_was_ordered(work_of: WorkOf) -> None:
    """甲 decides in whose name its citizens are written to."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        assert name_for_notice(incident, INDIVIDUAL) == "contractor"
        ordered = instructed(work, Order(NOTIFY, "甲の名で通知", means=("letter",), in_whose_name="client"))
        assert name_for_notice(ordered, INDIVIDUAL) == "client"
        assert name_for_notice(ordered, SUBSTITUTE_NOTICE) == "contractor"
