"""The proof set: what 乙 and 甲 see of a whole city before it is printed, and whom they never see."""

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.individual import HOLDS, PROTECTED, TOLD_BY_CLIENT
from incident_app.domain.notice import SUBSTITUTE_NOTICE
from incident_app.domain.work import Work
from incident_app.services.proofs import (
    MARK,
    MOST,
    ProofJob,
    ProofSet,
    choose_proofs,
    print_proofs,
    proofs_of,
    record_proofs,
)
from tests.builders import an_individual
from tests.cast import ITO, KIMURA, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import by, drafted, instructed, last_line, refused


def chosen(work: Work, incident: Incident) -> ProofJob:
    work.session.flush()
    return choose_proofs(work, incident, incident.notices[0])


def shown(job: ProofJob) -> dict[str, list[str]]:
    return {proof.particulars.name: proof.shown_for for proof in job.proofs}


def a_town(work: Work) -> Incident:
    """Ten persons with something remarkable about most of them."""
    incident = instructed(work)
    drafted(work, incident)
    people: Sequence[tuple[str, str, dict[str, Any]]] = (
        ("架空 中央", "500-0000", {}),
        ("架空 北", "001-0000", {}),
        ("架空 南", "907-0000", {}),
        ("架空　寿限無寿限無五劫乃擦切", "500-0001", {}),
        ("架空 広", "500-0002", {"address_lines": ("架空県架空市" + "見本" * 9, "例示マンション405号室")}),
        ("架空 幼子", "500-0003", {"guardian": "架空 親子"}),
        ("株式会社架空", "500-0004", {"organisation": True}),
        ("架空 口座", "500-0005", {"items": ("氏名", "口座番号")}),
    )
    for number, (name, postal_code, more) in enumerate(people):
        an_individual(work, incident, str(number), name=name, postal_code=postal_code, **more)
    return incident


@only_on_sqlite
def test_the_set_shows_the_edges_of_the_list_and_every_variant(work_of: WorkOf) -> None:
    """What looks right for these looks right for all."""
    with work_of(TANAKA) as work:
        assert shown(chosen(work, a_town(work))) == {
            "架空 北": ["先頭"],
            "架空 南": ["末尾"],
            "架空　寿限無寿限無五劫乃擦切": ["最長の氏名"],
            "架空 広": ["最長の住所"],
            "架空 幼子": ["保護者あて"],
            "株式会社架空": ["団体あて"],
            "架空 中央": ["項目1"],
            "架空 口座": ["項目2"],
        }


def test_one_of_each_hold_is_shown_and_never_a_protected_person(work_of: WorkOf) -> None:
    """Whoever was protected once stays out, whatever else holds them; so does who was told by 甲."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        drafted(work, incident)
        for number, kind in enumerate(HOLDS):
            an_individual(work, incident, f"1{number}", name=f"架空 保留{number}", holds=[kind])
            an_individual(work, incident, f"2{number}", name=f"秘密 {number}", holds=[kind, PROTECTED])
        safe = an_individual(work, incident, "3", name="秘密 解除", holds=[PROTECTED])
        safe.holds[0].settled_at = work.now
        an_individual(work, incident, "4", name="秘密 済").outcome = TOLD_BY_CLIENT
        found = shown(chosen(work, incident))
        assert len(found) == len(HOLDS) - 1
        assert all(name.startswith("架空 保留") for name in found)
        assert found["架空 保留1"] == ["保留（亡くなられた方）"]


def test_the_set_stays_small_however_many_variants_there_are(work_of: WorkOf) -> None:
    """People leaf through it by hand; the commonest variants come first."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        drafted(work, incident)
        for number in range(MOST + 10):
            an_individual(work, incident, str(number), items=("氏名", f"項目{number}"))
        an_individual(work, incident, "twice", name="架空 常", items=("氏名", "項目30"))
        job = chosen(work, incident)
        assert len(job.proofs) == MOST
        items = [proof.particulars.items[1] for proof in job.proofs if proof.shown_for == ["項目1"]]
        assert items == ["項目30"]


def words_on_pages(folder: Path, pdf: bytes) -> Sequence[str]:
    (folder / "set.pdf").write_bytes(pdf)
    command = ["pdftotext", "-raw", str(folder / "set.pdf"), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\f")[:-1]


@only_on_sqlite
def test_every_page_says_that_it_is_a_sample_and_what_it_is_shown_for(
    work_of: WorkOf, tmp_path: Path
) -> None:
    """A proof that lies about looks like a letter; it must not be put into an envelope."""
    with work_of(TANAKA) as work:
        job = chosen(work, a_town(work))
    made = print_proofs(job)
    pages = words_on_pages(tmp_path, made.pdf)
    assert made.letters == 8 and len(pages) >= 8
    assert all(MARK in page for page in pages)
    (first,) = [page for page in pages if "1 先頭" in page and "架空 北" in page]
    assert "1 / " in first


@only_on_sqlite
def test_a_letter_that_cannot_be_printed_is_left_out_of_the_set(work_of: WorkOf) -> None:
    """A hold for a missing glyph has nothing to look at; the others must not wait for it."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        drafted(work, incident)
        an_individual(work, incident, "1", name="架空 一子")
        an_individual(work, incident, "2", name="架空 \ue000子", holds=["gaiji"])
        job = chosen(work, incident)
    assert (len(job.proofs), print_proofs(job).letters) == (2, 1)


def test_that_a_set_was_made_is_on_record_without_a_person(work_of: WorkOf) -> None:
    """Which text, how many letters, which file; 甲 reads that it was looked at."""
    with work_of(TANAKA) as work:
        incident = a_town(work)
        notice = incident.notices[0]
        assert proofs_of(work, notice) == []
        record_proofs(by(work, YAMADA), incident, notice, ProofSet(b"%PDF", 8))
        line = last_line(work, incident)
        assert (line.event, line.actor_name) == ("proofs_printed", YAMADA.name)
        assert line.facts == {"notice": 1, "letters": 8, "sha256": hashlib.sha256(b"%PDF").hexdigest()}
        assert proofs_of(work, notice) == [line]
        other = drafted(work, incident)
        assert proofs_of(work, other) == [], "another text has not been proved by it"


def test_a_proof_set_is_for_those_who_print_and_those_who_order(work_of: WorkOf) -> None:
    """It holds names and addresses: not for auditors, nor for another contract's people."""
    with work_of(TANAKA) as work:
        incident = a_town(work)
        for member in (SUZUKI, YAMADA):
            assert chosen(by(work, member), incident).proofs
        for member in (ITO, KIMURA):
            with refused(work, NotPermitted):
                chosen(by(work, member), incident)


@pytest.mark.parametrize("kind", ["individual_notice", SUBSTITUTE_NOTICE])
def test_without_anybody_to_write_to_there_is_no_set(work_of: WorkOf, kind: str) -> None:
    """No list yet, or a text that goes to nobody in particular."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        notice = drafted(work, incident, kind)
        if kind == SUBSTITUTE_NOTICE:
            an_individual(work, incident)
        with refused(work, BadInput):
            choose_proofs(work, incident, notice)
