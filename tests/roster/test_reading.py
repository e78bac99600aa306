from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_app.roster.columns import SPELLINGS, recognise
from incident_app.roster.reading import Roster, open_roster
from incident_app.roster.refusals import NoNameColumn, RosterRefused
from tests.roster.city_export import HEADINGS, a_resident, written

Rows = list[tuple[int, list[str] | None, bool]]


def opened(data: bytes) -> Roster:
    return open_roster(BytesIO(data), limit=len(data))


def rows_of(data: bytes) -> Rows:
    return list(opened(data).rows())


def names(data: bytes) -> list[str | None]:
    roster = opened(data)
    return [cells[roster.places["name"]] if cells else None for _, cells, _ in roster.rows()]


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize(("separator", "kind"), [(",", "csv"), ("\t", "tsv")])
def test_a_list_is_read_in_each_form_that_offices_send(encoding: str, separator: str, kind: str) -> None:
    """CP932 from resident systems, UTF-8 from Excel, tabs from the clipboard."""
    data = written(a_resident(), encoding=encoding, separator=separator)
    roster = opened(data)

    assert names(data) == ["見本　花子"]
    assert (roster.format, roster.encoding) == (kind, encoding.removesuffix("-sig"))
    assert roster.columns["reference"] == "宛名番号"
    assert roster.headings == HEADINGS
    assert len(roster.columns) == len(HEADINGS)
    assert roster.ignored == ()


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("many", [1, 20_000])
def test_any_line_end_will_do(ends: str, many: int) -> None:
    """Windows, Linux and old Macintosh exports, in one piece and in many."""
    rows = rows_of(f"氏名,住所{ends}{f'見本　花子,見本町1{ends}' * many}見本　太郎,見本町2".encode())

    assert [line for line, _, _ in rows] == list(range(2, many + 3))
    assert [cells for _, cells, _ in rows[-2:]] == [["見本　花子", "見本町1"], ["見本　太郎", "見本町2"]]


def test_a_line_break_in_a_cell_makes_no_second_row() -> None:
    """Half a row would be half an address; and line numbers must still be those of the file."""
    rows = rows_of(written(a_resident(1, 住所="見本町\n1番"), a_resident(2)))

    assert [(line, broken) for line, _, broken in rows] == [(2, True), (4, False)]


def test_line_breaks_in_cells_are_whole_wherever_a_long_file_is_cut() -> None:
    """A long file is read in pieces, and no row may be torn where one ends."""
    data = written(*(a_resident(number, 住所=f"見本町\r\n{number}番") for number in range(5_000)))

    rows = rows_of(data)

    assert [cells and cells[5] for _, cells, _ in rows] == [f"見本町\r\n{n}番" for n in range(5_000)]


@pytest.mark.parametrize("name", ["髙橋　\ufa19一", "山﨑　凜", "濵田　瀨", "①見本　㈱", "神﨑　〜"])
def test_names_arrive_as_the_city_wrote_them(name: str) -> None:
    """CP932 holds IBM and NEC letters that plain Shift_JIS does not, U+FA19 among them."""
    name = name.replace("\u301c", "\uff5e")

    assert names(written(a_resident(氏名=name))) == [name]


def test_blank_lines_are_no_rows() -> None:
    """Excel leaves rows of bare commas behind."""
    data = written(a_resident(1), [""] * len(HEADINGS), [], [" "], ["\u3000"] * 11, a_resident(2))

    assert len(rows_of(data)) == 2


def test_a_row_with_another_number_of_columns_is_marked() -> None:
    """An unquoted comma shifts every cell behind it: the address of one would go to another column."""
    data = written(a_resident(1)[:3], [*a_resident(2), "余り"], [*a_resident(3), "", " "])

    assert [cells is None for _, cells, _ in rows_of(data)] == [True, True, False]


def test_columns_beyond_the_last_heading_do_no_harm() -> None:
    """Excel adds empty columns to headings as well as to rows."""
    data = written(a_resident(), headings=[*HEADINGS, "", " "])

    assert rows_of(data)[0][1] is not None
    assert opened(data).ignored == ()


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("氏名（カナ）", "kana"),
        ("ﾌﾘｶﾞﾅ", "kana"),
        (" 氏　名 ", "name"),
        ("E-mail", "email"),
        ("ＴＥＬ", "phone"),
        ("住所１", "address"),
        ("ＤＶ等支援措置", "protected"),
        *((spelling, field) for field, spellings in SPELLINGS.items() for spelling in spellings),
    ],
)
def test_headings_are_known_by_their_common_spellings(heading: str, field: str) -> None:
    """Each office names its columns a little differently."""
    assert recognise([heading]) == {field: 0}


MIXED = written(["1", "0000000007", "見本　花子", "x"], headings=["整理番号", "宛名番号", "氏名", "性別"])


def test_of_two_headings_for_one_thing_the_more_exact_one_counts() -> None:
    """整理番号 is often a running number of the list beside the true 宛名番号."""
    roster = opened(MIXED)

    assert roster.columns == {"reference": "宛名番号", "name": "氏名"}
    assert roster.ignored == ("整理番号", "性別")


@pytest.mark.parametrize("column", ["整理番号", " 整理 番号", 0])
def test_a_person_knows_better_which_column_is_which(column: str | int) -> None:
    """By heading or by position; what was recognised otherwise stays."""
    roster = open_roster(BytesIO(MIXED), limit=999, columns={"reference": column})

    assert roster.columns == {"reference": "整理番号", "name": "氏名"}


def test_a_column_can_be_left_out_or_taken_for_something_else() -> None:
    """A wrong address column is worse than none; and one column says one thing."""
    wished = {"reference": None, "address": "宛名番号"}

    assert open_roster(BytesIO(MIXED), limit=999, columns=wished).columns == {
        "name": "氏名",
        "address": "宛名番号",
    }


@pytest.mark.parametrize("wished", [{"name": "住所"}, {"name": 4}, {"name": -1}, {"shoe_size": 0}])
def test_a_column_that_is_not_there_cannot_be_chosen(wished: dict[str, int | str | None]) -> None:
    """Nothing is guessed from a slip of the keyboard."""
    with pytest.raises(RosterRefused) as refused:
        open_roster(BytesIO(MIXED), limit=999, columns=wished)

    assert "見出しを確かめて" in refused.value.ja


def test_the_column_of_names_can_be_chosen_where_its_heading_is_unknown() -> None:
    """The headings come with the refusal, beside its words, so that somebody can point at one."""
    data = "対象,住所\n見本　花子,見本町1\n".encode()
    with pytest.raises(NoNameColumn) as refused:
        opened(data)
    assert refused.value.headings == ("対象", "住所")

    roster = open_roster(BytesIO(data), limit=999, columns={"name": "対象"})

    assert roster.columns == {"name": "対象", "address": "住所"}


NO_LISTS = {
    "nothing": (b"", "空です", "確かめて"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "空です", "確かめて"),
    "blank lines": (b" \r\n\r\n", "空です", "確かめて"),
    "half a workbook": (b"PK\x03\x04\x14\0\0\0\x08\0", "Excel", "CSV UTF-8"),
    "old or encrypted Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "パスワード", "保存し直して"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "文字でないデータ", "保存し直して"),
    "semicolons": ("宛名番号;氏名;住所\n1;見本;町\n".encode(), "区切り", "保存し直して"),
    "blanks between columns": ("宛名番号 氏名 住所\n1 見本 町\n".encode(), "氏名", "保存し直して"),
    "201 columns": (",".join(["氏名"] * 201).encode() + b"\n", "200を超えて", "必要な列だけ"),
    "UTF-16": ("氏名,住所\n見本,町\n".encode("utf-16"), "UTF-16", "保存し直して"),
    "NUL": ("氏名\n見本\0花子\n".encode(), "UTF-16", "保存し直して"),
    "EUC-JP": ("氏名,住所\n見本,町\n".encode("euc-jp"), "1行目", "保存し直して"),
    "half a letter": ("氏名\n見本\n".encode("cp932") + b"\x81", "3行目", "保存し直して"),
    "CP932 that says UTF-8": (b"\xef\xbb\xbf" + "氏名\n".encode("cp932"), "1行目", "保存し直して"),
    "no names": ("宛名番号,住所\n1,見本町\n".encode(), "氏名", "見出し"),
    "headings alone": (written(), "データの行がありません", "確かめて"),
    "an open quote": ('氏名,住所\n見本,"町\n太郎,町\n'.encode(), "2行目", "直すか"),
    "text after a quote": ('氏名,住所\n見本,"町"x\n太郎,町\n'.encode(), "2行目", "直すか"),
    "a quote over two rows": ('氏名,住所\n"見本,町\n太郎",町,村\n'.encode(), "2行目", "直すか"),
    "a quote over many rows": (
        ('氏名,住所\n見本,"' + "町\n太郎,町\n" * 20 + '"\n').encode(),
        "2行目",
        "直すか",
    ),
    "a bad letter far down": (written(*[a_resident()] * 9_000) + b"\x81", "9002行目", "保存し直して"),
    "NUL far down": (written(*[a_resident()] * 9_000) + b"\0", "文字でないデータ", "保存し直して"),
    "an endless line": ("氏名\n".encode() + b"x" * 5_000_000, "2行目", "直すか"),
    "an endless cell": (("氏名\n" + "長" * 200_000).encode(), "2行目", "直すか"),
}


@pytest.mark.parametrize("case", NO_LISTS)
def test_what_is_no_list_is_refused_with_the_next_step(case: str) -> None:
    """The officer at the screen needs to know what is wrong and what to do, in words of their own."""
    data, what, next_step = NO_LISTS[case]

    with pytest.raises(RosterRefused) as refused:
        rows_of(data)

    assert what in refused.value.ja
    assert next_step in refused.value.ja
    assert refused.value.en.isprintable()


def test_a_refusal_repeats_nothing_of_the_file() -> None:
    """When the heading is missing, the first line is somebody's name and address."""
    with pytest.raises(RosterRefused) as refused:
        rows_of("見本　花子,秋田市見本町\n".encode())

    assert "花子" not in str(refused.value) + repr(refused.value)
    assert refused.value.__cause__ is None


def test_a_file_larger_than_the_limit_is_not_begun() -> None:
    """The disk of the installation is for every case on it."""
    data = written(a_resident())
    with pytest.raises(RosterRefused) as refused:
        open_roster(BytesIO(data), limit=len(data) - 1)

    assert "大きすぎます" in refused.value.ja


def test_a_file_that_grows_while_it_is_read_is_given_up(tmp_path: Path) -> None:
    """Something else may still be writing it: what would be imported is not what was looked at."""
    file = tmp_path / "list.csv"
    data = written(*[a_resident()] * 2_000)
    file.write_bytes(data)
    with open_roster(file, limit=len(data)) as roster:
        rows = roster.rows()
        next(rows)
        with file.open("ab") as more:
            more.write(data)
        with pytest.raises(RosterRefused) as refused:
            list(rows)

    assert "大きすぎます" in refused.value.ja


CELL = st.text(max_size=20) | st.sampled_from(["氏名", '"', "\n", "\r", ",", "\t", "\0", "〓", "神"])


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300) | st.lists(CELL).map(lambda cells: "".join(cells).encode("utf-8", "ignore")))
def test_whatever_comes_in_is_read_or_refused(data: bytes) -> None:
    """Never a traceback: neither from noise nor from what begins like a list."""
    for tried in (data, "氏名,住所\n".encode() + data, "氏名,住所\n".encode("cp932") + data):
        try:
            roster = opened(tried)
            rows = list(roster.rows())
        except RosterRefused:
            continue
        assert rows
        assert "name" in roster.columns
