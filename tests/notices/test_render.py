"""What people receive: the words, and the paper."""

import logging
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from incident_app.notices.catalogue import catalogue
from incident_app.notices.fields import fill
from incident_app.notices.fonts import GlyphMissing
from incident_app.notices.render import OutsideRequest, Rendered, render, to_pdf
from tests.notices.sheets import SEAL, full_sheet, sheet_of_the_first_minutes

Paper = Callable[[str], Path]
NOT_IN_A_MAIL = {"postal_code", "address_lines", "measures"}
EVERY_TEMPLATE = pytest.mark.parametrize("name", list(catalogue()))


def rendered(name: str, sheet: dict[str, Any], header: str = "") -> Rendered:
    template = catalogue()[name]
    return render(template, fill(template, sheet), header=header)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """Print a template with the whole sheet; each only once, for printing takes a while."""
    folder = tmp_path_factory.mktemp("printed")

    def paper(name: str) -> Path:
        file = folder / f"{name}.pdf"
        if not file.exists():
            file.write_bytes(to_pdf(rendered(name, full_sheet()).html, title=catalogue()[name].title))
        return file

    return paper


def poppler(tool: str, *words: object) -> str:
    return subprocess.run([tool, *map(str, words)], check=True, capture_output=True, text=True).stdout


def words_on(file: Path) -> str:
    return re.sub(r"\s", "", poppler("pdftotext", "-raw", file, "-"))


@EVERY_TEMPLATE
def test_a_whole_sheet_shows_no_gap(name: str) -> None:
    """What is known must not look unknown."""
    notice = rendered(name, full_sheet())

    assert "未記入" not in notice.subject + notice.text + notice.html


@EVERY_TEMPLATE
def test_a_gap_is_shown_in_page_and_text_and_never_guessed(name: str) -> None:
    """甲 must see what is not known yet, in the mail as well as on paper."""
    template = catalogue()[name]
    filled = fill(template, {})
    notice = render(template, filled, header="")

    assert len(filled.missing) > 10
    for field in filled.missing:
        gap = f"（未記入：{field.label}）"
        assert f'<span class="missing">{gap}</span>' in notice.html
        assert gap in notice.text or field.name in NOT_IN_A_MAIL


@EVERY_TEMPLATE
@pytest.mark.parametrize("sheet", [full_sheet, sheet_of_the_first_minutes])
def test_printing_raises_no_complaint(
    name: str, sheet: Callable[[], dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """WeasyPrint only logs what it drops or does not understand; on our papers that must be nothing."""
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        to_pdf(rendered(name, sheet()).html, title=name)

    assert caplog.messages == []


@EVERY_TEMPLATE
def test_plain_text_is_fit_for_a_mail(name: str) -> None:
    """Mail readers on a small screen: no tags, no tabs, no trailing blanks, no line beyond RFC 5322's 998."""
    text = rendered(name, full_sheet(), "取扱注意").text

    assert not re.search(r"<\w+|&#\d+;|\t|[ \u3000]\n|\n{3}", text)
    assert max(len(line.encode()) for line in text.splitlines()) < 998
    assert text.startswith("【取扱注意】\n")


def test_a_line_break_in_a_subject_cannot_begin_a_header() -> None:
    """A subject is one line, whatever somebody pastes into the title of a case."""
    sheet = full_sheet()
    sheet["incident"]["title"] = "紛失\r\nBcc: everyone@example.jp\u2028X-Evil: 1"
    subject = rendered("first_report", sheet).subject

    assert "紛失 Bcc: everyone@example.jp X-Evil: 1" in subject
    assert len(subject.splitlines()) == 1


def test_what_people_type_is_text_and_not_markup() -> None:
    """A title with angle brackets must not become part of the page, and stays readable in the mail."""
    sheet = full_sheet()
    sheet["incident"]["title"] = "<img src='http://192.0.2.1/'> & {{ seal }}"
    notice = rendered("first_report", sheet)

    assert "<img" not in notice.html
    assert "<img src='http://192.0.2.1/'> & {{ seal }}" in notice.text


def test_a_letter_names_the_items_of_this_person_only() -> None:
    """Rule 10: each person learns what of their own leaked, and nothing about anybody else's."""
    sheet = full_sheet()
    sheet["individual"]["items"] = ["メールアドレス"]
    notice = rendered("individual_notice", sheet)

    for words in (notice.html, notice.text):
        items = words[words.index("対象となったあなたの情報") : words.index("原因")]
        assert "メールアドレス" in items
        assert "税額" not in items
        assert "生年月日" not in items


def test_a_letter_says_what_is_not_included_only_when_it_is_known() -> None:
    """ "Your number is not among it" calms people; it must never be said without being known."""
    sheet = full_sheet()
    assert "次の情報は含まれていません：個人番号" in rendered("individual_notice", sheet).html

    del sheet["individual"]["not_included"]
    assert "含まれていません" not in rendered("individual_notice", sheet).html


def test_a_letter_for_a_child_goes_to_the_guardian() -> None:
    """The addressee is the guardian, and the text does not say "your" data to the wrong person."""
    sheet = full_sheet()
    sheet["individual"]["guardian"] = "保護者"
    notice = rendered("individual_notice", sheet)

    assert "髙﨑　𠮷子 様" in notice.html and "保護者 様" in notice.html
    assert "対象となったご本人の情報" in notice.html
    assert "対象となったあなたの情報" not in notice.text


@pytest.mark.parametrize("name", ["individual_notice", "substitute_notice"])
def test_people_are_told_what_they_will_never_be_asked(name: str) -> None:
    """Fake apologies follow real ones; desk, official page and this sentence are the defence."""
    notice = rendered(name, full_sheet())

    for words in (notice.html, notice.text):
        plain = re.sub(r"<[^>]+>|\s", "", words)
        assert "暗証番号やパスワードをお尋ねすること、お振込みをお願いすることは、決してありません" in plain
        assert "0120-000-016" in plain
        assert "https://www.city.example.jp/owabi" in plain


def test_a_follow_up_shows_what_changed_and_why() -> None:
    """Numbers change between reports; 甲 must not have to compare two papers by eye."""
    words = rendered("follow_up_report", full_sheet()).text

    assert "・数量／調査中／約1,000人分（最大1,200人分）／取扱台帳と控えのデータを照合した。" in words


def test_each_of_the_four_facts_prints_how_sure_it_is() -> None:
    """Article 16(1): an estimate must not read as a count."""
    words = rendered("first_report", full_sheet()).text

    assert "数量：【約・範囲】約1,000人分（最大1,200人分）（2026年11月22日 10時30分 時点）" in words
    assert "発生場所：【調査中】（2026年11月22日 10時30分 時点）" in words


def test_none_is_a_number() -> None:
    """No mail bounced: that is worth saying, and is not the same as saying nothing."""
    words = rendered("final_report", full_sheet()).text

    assert "メール不達：0\n" in words


def test_hours_are_those_of_japan() -> None:
    """The machine keeps UTC; the paper says when it was night in Japan."""
    assert "発覚日時：2026年11月22日 2時05分" in rendered("first_report", full_sheet()).text


def test_a_report_carries_the_seal_of_the_timeline(printed: Paper) -> None:
    """So that 甲 holds an anchor of the record outside our database."""
    assert SEAL in words_on(printed("first_report"))


def test_rare_names_are_printed_and_can_be_found(printed: Paper) -> None:
    """Screen readers and desks look a name up in the PDF: it must be that name, code point by code point."""
    assert "髙﨑𠮷子様" in words_on(printed("individual_notice"))


def test_a_variant_of_a_character_keeps_its_selector() -> None:
    """葛󠄀 and 葛 are two families; the selector must get through, or stop the press."""
    to_pdf("<p>葛\U000e0100</p>", title="葛")

    with pytest.raises(GlyphMissing) as stopped:
        to_pdf("<p>葛\U000e01ef</p>", title="葛")

    assert "U+845B U+E01EF" in stopped.value.ja


def test_a_character_that_no_face_has_stops_the_press() -> None:
    """No box, no blank, no font of the machine: somebody decides how the name is to be written."""
    sheet = full_sheet()
    sheet["individual"]["name"] = "山田ꙮ\ue000子"

    with pytest.raises(GlyphMissing) as stopped:
        to_pdf(rendered("individual_notice", sheet).html, title="x")

    assert stopped.value.chars == ("ꙮ", "\ue000")
    assert "U+A66E、U+E000" in stopped.value.ja
    assert "山田" not in str(stopped.value), "messages never name a person"


@EVERY_TEMPLATE
def test_only_our_faces_are_embedded(name: str, printed: Paper) -> None:
    """The same letter on every machine, whatever fonts are installed there."""
    fonts = poppler("pdffonts", printed(name)).splitlines()[2:]

    assert fonts
    assert all("+Incident-" in line for line in fonts)
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in fonts), "embedded, subset, searchable"


def test_a_character_of_one_face_only_is_still_printed_with_ours(tmp_path: Path) -> None:
    """Mincho lacks a few characters that Gothic has; the machine's fonts are not asked."""
    file = tmp_path / "rare.pdf"
    style = "font-family: 'Incident Mincho', 'Incident Gothic'"
    file.write_bytes(to_pdf(f'<p style="{style}">㬵朌朐脁狀兀𰻞𱁬<b>㬵朌朐脁狀兀𰻞</b></p>', title="x"))

    fonts = poppler("pdffonts", file).splitlines()[2:]
    assert all("+Incident-" in line for line in fonts)


@pytest.mark.parametrize(
    "page",
    [
        "<img src='http://127.0.0.1:9/x.png'>",
        "<img src='file:///etc/hostname'>",
        "<img src='data:image/png;base64,AAAA'>",
        "<link rel='stylesheet' href='file:///etc/hostname'>",
        "<style>@import url(http://127.0.0.1:9/x.css);</style>",
        "<p style='background: url(file:///etc/hostname)'>x</p>",
    ],
)
def test_a_page_that_asks_for_anything_outside_is_not_printed(page: str) -> None:
    """Neither the network nor this machine's files may get into a letter."""
    with pytest.raises(OutsideRequest):
        to_pdf(page, title="x")


@EVERY_TEMPLATE
def test_papers_are_tagged_titled_and_in_japanese(name: str, printed: Paper) -> None:
    """PDF/UA: a screen reader gets the headings, the title and the language."""
    template = catalogue()[name]
    with pikepdf.open(printed(name)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "ja"
        assert str(pdf.docinfo.Title) == template.title
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.open_metadata()["pdfuaid:part"]) == "1"
        assert [round(float(edge)) for edge in pdf.pages[0].MediaBox] == [0, 0, 595, 842], "A4"


def test_nothing_but_the_address_can_show_in_the_window(printed: Paper) -> None:
    """However the sheet slips in its envelope, a neighbour reads only name, address and 整理番号."""
    file = printed("individual_notice")
    mm = 72 / 25.4
    area = ["-x", 0, "-y", 0, "-W", round(110 * mm), "-H", round(63 * mm)]
    shown = re.sub(r"\s", "", poppler("pdftotext", "-l", 1, *area, file, "-"))
    safe = ["-x", round(20 * mm), "-y", round(18 * mm), "-W", round(65 * mm), "-H", round(24 * mm)]
    always = re.sub(r"\s", "", poppler("pdftotext", "-l", 1, *safe, file, "-"))

    assert sorted(shown) == sorted(always), "the whole address stays within what always shows"
    assert "〒100-0000" in always
    assert "K7M2-Q9XD" in always
