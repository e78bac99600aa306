import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_app.roster.columns import SPELLINGS, recognise
from incident_app.roster.reading import Roster, RosterRefused, read_roster
from tests.roster.city_export import HEADINGS, a_resident, written


def names(roster: Roster) -> list[str | None]:
    return [row.cells["name"] if row.cells else None for row in roster.rows]


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_list_is_read_in_each_form_that_offices_send(encoding: str, separator: str) -> None:
    """CP932 from resident systems, UTF-8 from Excel, tabs from the clipboard."""
    roster = read_roster(written(a_resident(), encoding=encoding, separator=separator))

    assert names(roster) == ["見本　花子"]
    assert roster.encoding == encoding.removesuffix("-sig")
    assert roster.columns["reference"] == "宛名番号"
    assert len(roster.columns) == len(HEADINGS)
    assert roster.ignored == ()


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_any_line_end_will_do(ends: str) -> None:
    """Windows, Linux and old Macintosh exports."""
    roster = read_roster(f"氏名,住所{ends}見本　花子,見本町1{ends}見本　太郎,見本町2".encode())

    assert names(roster) == ["見本　花子", "見本　太郎"]
    assert [row.line for row in roster.rows] == [2, 3]


def test_a_line_break_in_a_cell_makes_no_second_row() -> None:
    """Half a row would be half an address; and line numbers must still be those of the file."""
    roster = read_roster(written(a_resident(1, 住所="見本町\n1番"), a_resident(2)))

    assert [row.line for row in roster.rows] == [2, 4]


@pytest.mark.parametrize("name", ["髙橋　\ufa19一", "山﨑　凜", "濵田　瀨", "①見本　㈱", "神﨑　〜"])
def test_names_arrive_as_the_city_wrote_them(name: str) -> None:
    """CP932 holds IBM and NEC letters that plain Shift_JIS does not, U+FA19 among them."""
    name = name.replace("\u301c", "\uff5e")

    assert names(read_roster(written(a_resident(氏名=name)))) == [name]


def test_blank_lines_are_no_rows() -> None:
    """Excel leaves rows of bare commas behind."""
    data = written(a_resident(1), [""] * len(HEADINGS), [], [" "], a_resident(2))

    assert len(read_roster(data).rows) == 2


def test_a_row_with_another_number_of_columns_is_marked() -> None:
    """An unquoted comma shifts every cell behind it: the address of one would go to another column."""
    roster = read_roster(written(a_resident(1)[:3], [*a_resident(2), "余り"], [*a_resident(3), "", " "]))

    assert [row.cells is None for row in roster.rows] == [True, True, False]


def test_columns_beyond_the_last_heading_do_no_harm() -> None:
    """Excel adds empty columns to headings as well as to rows."""
    roster = read_roster(written(a_resident(), headings=[*HEADINGS, "", " "]))

    assert roster.rows[0].cells is not None
    assert roster.ignored == ()


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("氏名（カナ）", "kana"),
        ("ﾌﾘｶﾞﾅ", "kana"),
        (" 氏　名 ", "name"),
        ("E-mail", "email"),
        ("ＴＥＬ", "phone"),
        ("住所１", "address"),
        *((spelling, field) for field, spellings in SPELLINGS.items() for spelling in spellings),
    ],
)
def test_headings_are_known_by_their_common_spellings(heading: str, field: str) -> None:
    """Each office names its columns a little differently."""
    assert recognise([heading]) == {field: 0}


def test_of_two_headings_for_one_thing_the_more_exact_one_counts() -> None:
    """整理番号 is often a running number of the list beside the true 宛名番号."""
    roster = read_roster(
        written(["1", "0000000007", "見本　花子", "x"], headings=["整理番号", "宛名番号", "氏名", "性別"])
    )

    assert roster.columns == {"reference": "宛名番号", "name": "氏名"}
    assert roster.ignored == ("整理番号", "性別")


NO_LISTS = {
    "nothing": (b"", "空です", "確かめて"),
    "a byte order mark alone": (b"\xef\xbb\xbf", "空です", "確かめて"),
    "blank lines": (b" \r\n\r\n", "空です", "確かめて"),
    "xlsx": (b"PK\x03\x04\x14\0\0\0\x08\0", "Excel", "CSV UTF-8"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel", "CSV UTF-8"),
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
    "an endless cell": (("氏名\n" + "長" * 200_000).encode(), "2行目", "直すか"),
}


@pytest.mark.parametrize("case", NO_LISTS)
def test_what_is_no_list_is_refused_with_the_next_step(case: str) -> None:
    """The officer at the screen needs to know what is wrong and what to do, in words of their own."""
    data, what, next_step = NO_LISTS[case]

    with pytest.raises(RosterRefused) as refused:
        read_roster(data)

    assert what in refused.value.ja
    assert next_step in refused.value.ja
    assert refused.value.en.isprintable()


def test_a_refusal_repeats_nothing_of_the_file() -> None:
    """When the heading is missing, the first line is somebody's name and address."""
    with pytest.raises(RosterRefused) as refused:
        read_roster("見本　花子,秋田市見本町\n".encode())

    assert "花子" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_rows_do_not_show_their_content_in_logs() -> None:
    """A traceback in a log must not hold an affected individual's name."""
    assert "花子" not in repr(read_roster(written(a_resident())))


CELL = st.text(max_size=20) | st.sampled_from(["氏名", '"', "\n", "\r", ",", "\t", "\0", "〓", "神"])


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300) | st.lists(CELL).map(lambda cells: "".join(cells).encode("utf-8", "ignore")))
def test_whatever_comes_in_is_read_or_refused(data: bytes) -> None:
    """Never a traceback: neither from noise nor from what begins like a list."""
    for tried in (data, "氏名,住所\n".encode() + data, "氏名,住所\n".encode("cp932") + data):
        try:
            roster = read_roster(tried)
        except RosterRefused:
            continue
        assert roster.rows
        assert "name" in roster.columns
