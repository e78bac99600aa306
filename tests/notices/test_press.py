"""Print runs: what is stamped is the same as what WeasyPrint lays out, to the pixel and to the letter."""

import random
import re
import subprocess
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from incident_app.notices.barcode import customer_barcode
from incident_app.notices.catalogue import catalogue, read_catalogue
from incident_app.notices.envelope import read_envelope
from incident_app.notices.fields import fill
from incident_app.notices.press import LETTERS_PER_RUN, Press
from incident_app.notices.render import laid_out, render, written_pdf
from tests.notices.sheets import full_sheet

FORM = catalogue()["individual_notice"]
NAMES = (
    "髙﨑　𠮷子",
    "葛󠄀城　辻󠄀太郎",
    "𡈽屋　𣘺子",
    "濵邉　德栁",
    "カタギリ　メゾン",
    "ヱビス　ヲサム",
    "Maria de los Santos",
    "佐藤 BN-2026",
    "いろは　にほへ",
    "神　力一",
    "株式会社見本商事",
    "小鳥遊　龍之介",
)
ADDRESSES = (
    ["架空県架空市見本町一丁目2番3-405号", "例示マンション"],
    ["架空県架空市字与那国12番地の3"],
    ["架空県架空郡例示村大字見本", "35番22号", "メゾン101号", "見本様方"],
    ["Minato-ku, Example 1-2-3"],
)
ITEMS = ("氏名", "住所", "生年月日", "税額", "口座情報", "児童手当受給の有無", "E-mail")


def somebody(number: int, **changes: Any) -> dict[str, Any]:
    dice = random.Random(number)  # noqa: S311 - the same people at every run
    return {
        **full_sheet()["individual"],
        "name": NAMES[number % len(NAMES)],
        "postal_code": f"{dice.randrange(1000):03d}-{dice.randrange(10000):04d}",
        "address_lines": ADDRESSES[number % len(ADDRESSES)],
        "items": dice.sample(ITEMS, dice.randrange(1, 4)),
        "reference": f"{dice.randrange(10**12):012d}",
        "honorific": "御中" if "会社" in NAMES[number % len(NAMES)] else "様",
        "guardian": "見本　保護者" if number % 7 == 3 else None,
        "sequence": f"{number:06d}",
        "verify_url": f"https://www.example.lg.jp/genuine/{dice.randrange(10**12):012d}"
        if number % 5
        else None,
        "barcode": customer_barcode(f"100-{number:04d}", f"{number}-2-B{number}") if number % 3 else None,
        **changes,
    }


def sheet() -> dict[str, Any]:
    """What everybody's copy shares, for an envelope through which a barcode shows."""
    envelope = read_envelope("win_w=95, win_h=55, slack_x=20, slack_y=20, barcode=8")
    shared = full_sheet() | {"envelope": {"measures": envelope.measures}}
    del shared["individual"]
    return shared


def press() -> Press:
    return Press(FORM, sheet())


def by_weasyprint(people: list[dict[str, Any]]) -> bytes:
    """The same letters as any document is made: each rendered and laid out by itself."""
    shared = sheet()
    pages = []
    for person in people:
        filled = fill(FORM, shared | {"individual": person})
        document = laid_out(render(FORM, filled, header="").html)
        pages += document.pages
    return bytes(document.copy(pages).write_pdf())


def pictures(folder: Path, pdf: bytes, dpi: int) -> list[bytes]:
    folder.mkdir()
    (folder / "run.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", str(dpi), "-gray", str(folder / "run.pdf"), str(folder / "page")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    assert said == "", "poppler has nothing to complain of"
    return [page.read_bytes() for page in sorted(folder.glob("page*"))]


def words(folder: Path, *options: str) -> str:
    command = ["pdftotext", *options, str(folder / "run.pdf"), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_twenty_letters_are_pixel_equal_to_weasyprint_s_own_and_read_the_same(tmp_path: Path) -> None:
    """Rare characters, kana, Latin, minors, organisations, one to three lines of address, two pages, both codes."""
    people = [somebody(number) for number in range(20)]
    assert any(person["barcode"] and person["verify_url"] for person in people)

    run = press().print_run(people, title="試")

    stamped = [letter is not None and letter.stamped for letter in run.letters]
    assert sum(stamped) >= 18, "or else this test would show nothing"
    own = by_weasyprint(people)
    for dpi in (96, 200):
        ours = pictures(tmp_path / f"ours{dpi}", run.pdf, dpi)
        theirs = pictures(tmp_path / f"theirs{dpi}", own, dpi)
        assert len(ours) == len(theirs) == sum(letter.pages for letter in run.letters if letter)
        differing = [at for at, (a, b) in enumerate(zip(ours, theirs, strict=True), start=1) if a != b]
        assert differing == []
    for options in ((), ("-layout",), ("-raw",)):
        assert words(tmp_path / "ours96", *options) == words(tmp_path / "theirs96", *options)
    subprocess.run(["qpdf", "--check", str(tmp_path / "ours96" / "run.pdf")], check=True, capture_output=True)


def test_who_does_not_fit_the_line_is_laid_out_and_stands_at_the_same_place(tmp_path: Path) -> None:
    """A very long name wraps as it would in any document; its neighbours are stamped all the same."""
    people = [
        somebody(0),
        somebody(1, name="アンダーソン　アレクサンドラ　マリア　クリスティーナ　エリザベス"),
        somebody(2, name="見本　太郎様"),
        somebody(8),
    ]

    run = press().print_run(people, title="試")

    assert [letter and letter.stamped for letter in run.letters] == [True, False, False, True]
    assert pictures(tmp_path / "ours", run.pdf, 96) == pictures(
        tmp_path / "theirs", by_weasyprint(people), 96
    )


def test_nobody_is_printed_with_a_box_in_the_name() -> None:
    """A character that no face has: that letter is not printed, all others are."""
    run = press().print_run([somebody(0), somebody(1, name="架空　\ue000子"), somebody(2)], title="試")
    assert [letter is not None for letter in run.letters] == [True, False, True]
    with pikepdf.open(BytesIO(run.pdf)) as pdf:
        assert len(pdf.pages) == sum(letter.pages for letter in run.letters if letter)


def test_each_letter_holds_its_own_person_only(tmp_path: Path) -> None:
    """Page by page: who stands on it, and which page of the letter it says it is."""
    people = [somebody(8, name="見本　一子"), somebody(8, name="例示　二郎")]
    (tmp_path / "run.pdf").write_bytes(press().print_run(people, title="通知").pdf)
    pages = words(tmp_path, "-raw").split("\f")
    assert ["一子" in page for page in pages] == [True, False, False, False, False]
    assert ["二郎" in page for page in pages] == [False, False, True, False, False]
    assert ["1 / 2ページ" in page for page in pages] == [True, False, True, False, False]
    assert ["000008" in page for page in pages] == [True, True, True, True, False]


@pytest.mark.parametrize("order", [1, -1])
def test_a_name_reads_as_it_was_written_even_where_two_signs_look_the_same(
    tmp_path: Path, order: int
) -> None:
    """U+529B and U+F98A share a glyph, and so the meaning of that glyph, in the font of a whole run."""
    people = [somebody(8, name=name) for name in ("力丸　一", "\uf98a丸　二", "⼀力　三")][::order]
    (tmp_path / "run.pdf").write_bytes(press().print_run(people, title="通知").pdf)
    read = "".join(words(tmp_path, "-raw").split())
    for person in people:
        assert person["name"].replace("　", "") in read


def test_a_tagged_run_reads_like_a_document_of_each_letter(tmp_path: Path) -> None:
    """Every element on its own page, every piece of marked content owned by one element, in the order of the letters."""
    people = [somebody(number) for number in (0, 8, 8, 5, 0)]
    people[3] = somebody(5, name="見本　太郎様")  # laid out by itself
    run = Press(FORM, sheet(), tagged=True).print_run(people, title="通知")

    assert [letter and letter.stamped for letter in run.letters] == [True, True, True, False, True]
    (tmp_path / "run.pdf").write_bytes(run.pdf)
    with pikepdf.open(BytesIO(run.pdf)) as pdf:
        nums = pdf.Root.StructTreeRoot.ParentTree.Nums
        keys = [int(nums[at]) for at in range(0, len(nums), 2)]
        owners = dict(zip(keys, [nums[at] for at in range(1, len(nums), 2)], strict=True))
        assert keys == sorted(set(keys)) and len(owners) == len(pdf.pages)
        for page in pdf.pages:
            contents = page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]
            drawn = b"\n".join(bytes(part.read_bytes()) for part in contents)
            marked = sorted(int(found) for found in re.findall(rb"/MCID (\d+)", drawn))
            owned = owners.pop(int(page.StructParents))
            assert marked == list(range(len(owned)))
            for mcid, element in enumerate(owned):
                assert element.Pg.objgen == page.obj.objgen and mcid in list(element.K)
        tops = [top.Pg.objgen for top in pdf.Root.StructTreeRoot.K[0].K]
        assert [page for page, _ in groupby(tops)] == [page.obj.objgen for page in pdf.pages]
    by_itself = tmp_path / "one"
    by_itself.mkdir()
    for place, person in enumerate(people):
        html = render(FORM, fill(FORM, sheet() | {"individual": person}), header="").html
        (by_itself / f"{place}.pdf").write_bytes(written_pdf(laid_out(html), "通知"))
    one_by_one = [_structure(by_itself / f"{place}.pdf") for place in range(len(people))]
    assert _structure(tmp_path / "run.pdf") == [line for lines in one_by_one for line in lines]
    plain = press().print_run(people, title="通知").pdf
    assert pictures(tmp_path / "tagged", run.pdf, 96) == pictures(tmp_path / "plain", plain, 96)


def _structure(file: Path) -> list[str]:
    """What a screen reader walks through, as poppler tells it: elements and their words."""
    told = subprocess.run(["pdfinfo", "-struct-text", str(file)], check=True, capture_output=True, text=True)
    assert told.stderr == ""
    named = [line for line in told.stdout.splitlines() if line.strip() and line != "Document"]
    names = re.findall(r" (?:TH|TD) <([^>]+)>", told.stdout)
    assert len(names) == len(set(names)), "no two cells of a file have one name"
    return [re.sub(r"\d+(-\d+-\d+)", r"\1", line) for line in named]


def test_what_the_press_compared_with_stands_in_no_letter(tmp_path: Path) -> None:
    """The stand-ins are not left in the file, not even where nobody looks."""
    (tmp_path / "run.pdf").write_bytes(press().print_run([somebody(8)], title="通知").pdf)
    assert "壱弐" not in words(tmp_path)
    with pikepdf.open(tmp_path / "run.pdf") as pdf:
        streams = b"".join(bytes(part.read_bytes()) for page in pdf.pages for part in page.Contents)
        assert streams.count(b"TJ") > 20
        assert str(pdf.docinfo.Title) == "通知"


def test_the_digest_of_a_letter_tells_two_persons_apart_and_one_person_again() -> None:
    """It is kept in the manifest, to prove later what was printed for whom."""
    machine = press()
    one, other, again = machine.print_run([somebody(0), somebody(4), somebody(0)], title="試").letters
    assert one and other and again
    assert one.sha256 == again.sha256 != other.sha256


def test_the_digest_of_a_letter_is_the_same_in_whatever_company_it_is_printed() -> None:
    """A spoiled sheet is printed again alone: the manifest says whether it is the same letter."""
    people = [somebody(number) for number in (1, 4, 8, 11, 13)]
    together = [letter and letter.sha256 for letter in press().print_run(people, title="試").letters]
    alone = [press().print_run([person], title="試").letters[0] for person in people[::-1]]
    assert [letter and letter.sha256 for letter in alone] == together[::-1]


def test_a_template_that_writes_the_name_into_a_sentence_is_laid_out(tmp_path: Path) -> None:
    """An office may change its wording; the press finds out that a name would move its neighbours."""
    for folder in ("_layout", "article16/individual_notice"):
        (tmp_path / folder).mkdir(parents=True)
        for file in (FORM.folder.parent.parent / folder).iterdir():
            text = file.read_text(encoding="utf-8")
            if file.name == "letter.html.j2" and folder != "_layout":
                text = text.replace("<p>{{ apology }}</p>", "<p>{{ individual_name }}さん、{{ apology }}</p>")
            (tmp_path / folder / file.name).write_text(text, encoding="utf-8")
    own = Press(read_catalogue(tmp_path)["individual_notice"], sheet())
    (letter,) = own.print_run([somebody(8)], title="試").letters
    assert letter is not None and not letter.stamped


def test_a_run_has_its_size_and_may_be_empty() -> None:
    """A printer takes a run whole."""
    assert press().print_run([], title="試").pdf == b""
    with pytest.raises(ValueError, match="at most"):
        press().print_run([somebody(0)] * (LETTERS_PER_RUN + 1), title="試")
