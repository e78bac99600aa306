"""One person's letter: what stands in it besides the words that everybody reads."""

import pytest

from incident_app.domain.individual import Particulars
from incident_app.notices.barcode import bars
from incident_app.notices.envelope import EnvelopeMistake, read_envelope
from incident_app.services.letters import case_sheet, personal_sheet, preview_notice
from tests.builders import an_individual, who_is
from tests.cast import TANAKA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import approved, instructed

ROOMY = "win_w=95, win_h=55, slack_x=20, slack_y=20, barcode=8"


def barcode_of(envelope: str, particulars: Particulars) -> object:
    sheet = {
        "genuine_page": "",
        "notice": {},
        "envelope": {"itself": read_envelope(envelope)},
    }
    return personal_sheet(particulars, "A1B2", sheet)["barcode"]


@only_on_sqlite
def test_a_letter_carries_the_barcode_of_its_address_where_the_envelope_has_room(work_of: WorkOf) -> None:
    """None was asked for, none can be made, no room below a long address: the letter goes without."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        lines = ("架空県架空市霞が関一丁目3番2号", "郵便プラザ503室")
        it = who_is(an_individual(work, incident, postal_code="100-0013", address_lines=lines))
    assert barcode_of(ROOMY, it) == bars("1000013", "1-3-2-503")
    assert barcode_of("", it) is None
    assert barcode_of(ROOMY, it._replace(postal_code="")) is None
    assert barcode_of(ROOMY, it._replace(postal_code="100-0000")) is None
    assert barcode_of(ROOMY, it._replace(address_lines=lines * 2, guardian="見本 保護者")) is None


@only_on_sqlite
def test_the_letter_is_set_for_the_envelope_of_the_settings(work_of: WorkOf) -> None:
    """On paper and in the preview alike."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        notice = approved(work, incident)
        assert "--address-width: 65mm;" in preview_notice(work, incident, notice)[0].html
        work.session.info["envelope"] = ROOMY
        assert "--address-width: 75mm;" in preview_notice(work, incident, notice)[0].html
        assert case_sheet(work, incident, notice)["envelope"]["itself"].barcode == 8
        work.session.info["envelope"] = "barcode=8"
        with pytest.raises(EnvelopeMistake):
            case_sheet(work, incident, notice)
