"""A file that cannot be read as a list of persons is refused as a whole.

No message repeats a word of the file, which is full of personal data.
"""

from collections.abc import Sequence

from incident_app.domain.errors import Refused


class RosterRefused(Refused):
    """A file cannot be read as a list of persons: what is wrong with it, and what to do next."""


class NoNameColumn(RosterRefused):
    """No heading says which column holds the names; somebody may point at one of `headings`.

    The headings may be personal data themselves (a list without headings begins with a person).
    """

    def __init__(self, headings: Sequence[str]) -> None:
        super().__init__(
            "「氏名」の列が見つかりません。1行目を見出し（宛名番号、氏名、住所など）にするか、氏名の列を指定してください。"
            "見出しがあるのに見つからないときは、UTF-8のCSVで保存し直してください。",
            "There is no column 氏名 (name). Make line 1 the headings (宛名番号, 氏名, 住所 …), or say which column "
            "holds the names. If the headings are there, save the file again as CSV in UTF-8.",
        )
        self.headings = tuple(headings)


def empty() -> RosterRefused:
    """Nothing is in the file."""
    return RosterRefused(
        "ファイルが空です。正しいファイルか確かめてください。",
        "The file is empty. Check that this is the right file.",
    )


def headings_alone() -> RosterRefused:
    """A file with headings and no rows is more likely a mistake than good news."""
    return RosterRefused(
        "見出しだけで、データの行がありません。正しいファイルか確かめてください。",
        "There are headings and no rows. Check that this is the right file.",
    )


def not_text() -> RosterRefused:
    """Bytes that no CSV holds: UTF-16, or a picture with another ending."""
    return RosterRefused(
        "UTF-16の文字又は文字でないデータが含まれています。UTF-8のCSVで保存し直してください。",
        "The file holds UTF-16 or data that is not text. Save it again as CSV in UTF-8.",
    )


def unreadable(line: int) -> RosterRefused:
    """Bytes that are no character of the file's coding."""
    return RosterRefused(
        f"{line}行目に読めない文字があります（文字コードがUTF-8でもShift_JISでもありません）。"
        "UTF-8のCSVで保存し直してください。",
        f"Line {line} cannot be read (neither UTF-8 nor Shift_JIS). Save the file again as CSV in UTF-8.",
    )


def stray_quote(line: int) -> RosterRefused:
    """A stray quotation mark swallows the persons up to the next one: they must not vanish unseen."""
    return RosterRefused(
        f'{line}行目から始まる行の引用符（"）の対応が取れず、続きの行を区別できません。'
        "その行を直すか、元のシステムから出力し直してください。",
        f'The quotation marks (") in the row that starts at line {line} do not match, so the rows after it '
        "cannot be told apart. Correct that row or export the list again.",
    )


def other_delimiter() -> RosterRefused:
    """Cells are told apart by something else than commas or tabs."""
    return RosterRefused(
        "列の区切りがコンマでもタブでもありません。「CSV UTF-8（コンマ区切り）」で保存し直してください。",
        "Columns are separated by neither commas nor tabs. Save the file again as “CSV UTF-8 (comma delimited)”.",
    )


def too_many_columns(most: int) -> RosterRefused:
    """More columns than any list of persons has."""
    return RosterRefused(
        f"列が{most}を超えています。必要な列だけを残して保存し直してください。",
        f"There are more than {most} columns. Keep those that are needed and save the file again.",
    )


def too_large(limit: int) -> RosterRefused:
    """More bytes than this installation takes."""
    return RosterRefused(
        f"ファイルが大きすぎます（上限{limit:,}バイト）。分けて読み込むか、管理者に上限の変更を依頼してください。",
        f"The file is too large (at most {limit:,} bytes). Divide it, or ask the administrator for a higher limit.",
    )


def old_or_locked_excel() -> RosterRefused:
    """.xls, or .xlsx with a password: both come in the same wrapping, which openpyxl cannot open."""
    return RosterRefused(
        "パスワード付きのExcelファイル、又は古い形式（.xls）のファイルです。パスワードを外し、"
        "「Excelブック（.xlsx）」又は「CSV UTF-8（コンマ区切り）」で保存し直してください。",
        "This Excel file has a password or is of the old kind (.xls). Remove the password and save it again as "
        "“Excel workbook (.xlsx)” or “CSV UTF-8 (comma delimited)”.",
    )


def no_workbook() -> RosterRefused:
    """A ZIP file that is no workbook, or a damaged one."""
    return RosterRefused(
        "Excelブック（.xlsx）として読めません。Excelで開き、「CSV UTF-8（コンマ区切り）」で保存し直してください。",
        "This cannot be read as an Excel workbook (.xlsx). Open it in Excel and save it again as “CSV UTF-8 "
        "(comma delimited)”.",
    )


def swollen_workbook() -> RosterRefused:
    """A workbook that unpacks to far more than a list of persons can be (a zip bomb)."""
    return RosterRefused(
        "Excelブックの中身が大きすぎるか、不自然に圧縮されているため、開きません。"
        "Excelで必要なシートだけを「CSV UTF-8（コンマ区切り）」で保存し直してください。",
        "The workbook is not opened: what is in it is too large or unnaturally compressed. "
        "Save the sheet that is needed as “CSV UTF-8 (comma delimited)”.",
    )


def formula_without_value(row: int, column: int) -> RosterRefused:
    """Formulas are never computed here: what Excel stored counts, and here it stored nothing."""
    return RosterRefused(
        f"{row}行{column}列目の数式に計算結果が保存されていません。Excelで開いて保存し直すか、値に置き換えてください。",
        f"The formula in row {row}, column {column} has no stored result. Open and save the file in Excel, or put "
        "the value in its place.",
    )


def no_such_sheet(sheets: int) -> RosterRefused:
    """The sheet that was asked for is not there."""
    return RosterRefused(
        f"指定されたシートがありません。シートは{sheets}枚です。名前又は番号で指定してください。",
        f"There is no such sheet. There are {sheets} sheets: give a name or a number.",
    )


def several_lists(sheets: int) -> RosterRefused:
    """More than one sheet looks like a list of persons."""
    return RosterRefused(
        f"氏名の列があるシートが{sheets}枚あります。読み込むシートを名前又は番号で指定してください。",
        f"{sheets} sheets have a column 氏名 (name). Say which one to read, by name or number.",
    )


def no_such_column() -> RosterRefused:
    """A column that was pointed at is not there, or the field is none that we know."""
    return RosterRefused(
        "指定された項目名又は列がありません。見出しを確かめて指定し直してください。",
        "The field or column that was given does not exist. Check the headings and give it again.",
    )
