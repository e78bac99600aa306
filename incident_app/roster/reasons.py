"""Why a row of a list is remarked upon, in words for people."""

from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal["mended", "held", "duplicate", "rejected"]
"""What became of a row; a later one in this order prevails.

mended: the person stands, a cell was put right or left out; held: the person stands, and no letter
goes out before somebody has looked; duplicate: added to the person of an earlier row; rejected:
no person was made of it.
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """What was found in a row, and the verdict that follows from it."""

    verdict: Verdict
    ja: str
    en: str

    def said_in(self, language: str) -> str:
        """Return the words in `language` ("ja" or "en")."""
        return self.en if language == "en" else self.ja


FAULTS = {
    "same_person": Reason(
        "duplicate", "同じ宛名番号の行があり、1人にまとめました", "merged with the same person's row"
    ),
    "zip_lost_zero": Reason("mended", "郵便番号の先頭の0を補いました", "postal code: leading zero restored"),
    "zip_fullwidth": Reason("mended", "郵便番号を半角に直しました", "postal code: written in plain digits"),
    "zip_missing": Reason("held", "使える郵便番号がありません", "no usable postal code"),
    "bad_email": Reason(
        "mended", "メールアドレスが正しくないため、使いません", "not a mail address: not used"
    ),
    "kana_halfwidth": Reason("mended", "フリガナを全角に直しました", "kana: written in full width"),
    "gaiji": Reason(
        "held", "氏名又は住所に表示できない文字があります", "a character of name or address is lost"
    ),
    "no_address": Reason("held", "住所がありません", "no address"),
    "deceased": Reason("held", "亡くなられた方です", "the person has died"),
    "minor": Reason("held", "18歳未満です（保護者あて）", "under 18: goes to the guardian"),
    "organisation": Reason("held", "法人又は団体です（御中）", "an organisation, not a person"),
    "newline_in_cell": Reason("mended", "セルの中に改行があります", "a line break within a cell"),
    "broken_row": Reason("rejected", "列の数が見出しと合いません", "the number of columns does not fit"),
}
"""What such files usually have."""

REASONS = FAULTS | {
    "no_name": Reason("rejected", "氏名がありません", "no name"),
    "number_of_another": Reason(
        "rejected",
        "同じ宛名番号の行と氏名又は生年月日が異なります",
        "an earlier row with this number has another name or date of birth",
    ),
    "other_address": Reason(
        "duplicate",
        "先の行と住所が異なります（先の行を使います）",
        "address differs from the earlier row's, which is used",
    ),
    "bad_birth_date": Reason(
        "mended", "生年月日が読めないため、使いません", "date of birth not readable: not used"
    ),
    "protected": Reason(
        "held", "支援措置の対象です（甲が連絡します）", "under protection: contacted by the client only"
    ),
    "do_not_contact": Reason("held", "連絡又は送付を望まない方です", "does not wish to be contacted"),
    "maybe_same": Reason(
        "held",
        "先の行と同じ人かもしれません（番号がなく、氏名・生年月日・住所が同じです）",
        "may be an earlier row's person: no number, and the same name, date of birth and address",
    ),
    "too_long": Reason(
        "held", "氏名又は住所が長すぎて封筒に入りません", "name or address too long for an envelope"
    ),
    "formula": Reason("held", "氏名又は住所が数式の形をしています", "name or address looks like a formula"),
}
"""All codes, with the rarer ones."""


def verdict_of(codes: tuple[str, ...]) -> Verdict:
    """Return the verdict that prevails among the codes of a row."""
    return max((REASONS[code].verdict for code in codes), key=get_args(Verdict).index)
