"""What the codes of a case are called on screen, as (Japanese, English), for the `said` filter."""

from collections.abc import Mapping

from incident_app.rulesets.conditions import QUESTIONS

Words = Mapping[str, tuple[str, str]]

ITEM_KINDS: Words = {
    "notify_individuals": ("本人に通知する", "Notify the individuals"),
    "substitute_notice": (
        "本人が容易に知り得る状態に置く（掲示）",
        "Post where individuals can easily see it",
    ),
    "no_notice": ("本人通知は不要とする", "No notice to individuals"),
    "investigate": ("調査する", "Investigate"),
    "contain": ("被害を最小限にする措置をとる", "Contain the damage"),
    "report": ("報告する", "Report"),
    "destroy": ("個人情報を廃棄・消去する（第7条）", "Destroy the personal data (Article 7)"),
    "other": ("その他", "Other"),
}
MEANS: Words = {"letter": ("郵送（通知書）", "Letter"), "email": ("電子メール", "E-mail")}
NAMES: Words = {
    "contractor": ("乙の名義", "In the contractor's name"),
    "client": ("甲の名義", "In the client's name"),
    "joint": ("甲乙連名", "In both names"),
}
SPOKEN_CHANNELS: Words = {
    "phone": ("電話", "Phone"),
    "in_person": ("対面", "In person"),
    "online_meeting": ("オンライン会議", "Online meeting"),
    "email": ("電子メール", "E-mail"),
    "fax": ("ファクシミリ", "Fax"),
    "paper": ("書面", "On paper"),
}
NOTICE_KINDS: Words = {
    "individual_notice": ("本人通知（通知書・メール）", "Notice to each individual"),
    "substitute_notice": ("掲示（本人が容易に知り得る状態に置く措置）", "Notice posted for all to see"),
}
DELIVERY_STATES: Words = {
    "queued": ("待機（送信・印刷待ち）", "Waiting to be sent or printed"),
    "sending": ("送信中", "Being sent"),
    "sent": ("送信済", "Sent"),
    "bounced": ("不達", "Bounced"),
    "printed": ("印刷済（投函待ち）", "Printed, to be posted"),
    "posted": ("投函済", "Posted"),
    "returned": ("返戻", "Returned"),
    "substituted": ("代替措置", "Told by substitute notice"),
    "stopped": ("中止（指示の変更・撤回）", "Stopped: instruction changed or withdrawn"),
}
HOLDS: Words = {
    "protected": ("支援措置の対象（甲が連絡）", "Protected person: the client makes contact"),
    "deceased": ("亡くなられた方", "Deceased"),
    "do_not_contact": ("連絡しないよう求められている", "Asked not to be contacted"),
    "maybe_same": ("他の行と同じ人かもしれない", "May be the same person as another row's"),
    "gaiji": ("氏名又は住所に印刷できない文字がある", "A character of name or address cannot be printed"),
    "formula": ("表計算の式又はエラーの値が入っている", "A spreadsheet's formula or error stands in it"),
    "too_long": ("氏名又は住所が長すぎる", "Name or address too long"),
    "no_address": ("住所がない", "No address"),
    "zip_missing": ("使える郵便番号がない", "No usable postal code"),
    "told_by_client": ("甲から連絡済", "Told by the client"),
    "not_to_be_told": ("通知しない（甲の指示）", "Not to be told, as the client decided"),
}
STANDS: Words = {
    **DELIVERY_STATES,
    **HOLDS,
    "stopped": ("中止（次の送付を待つ）", "Stopped, to be started again"),
    "waiting": ("未着手（送付できる）", "Not started; nothing stands in the way"),
}
"""Where an individual stands, over all notices."""
HOLD_WAYS: Words = {
    "told_by_client": ("甲から連絡した", "The client told this person"),
    "not_to_be_told": ("通知しない", "Nobody is told"),
    "not_protected": ("支援措置の対象ではなかった", "Not protected after all"),
    "to_family": ("ご遺族あてに送る", "To the family"),
    "not_deceased": ("ご存命と確認した", "Not deceased"),
    "may_be_contacted": ("連絡してよいと確認した", "May be contacted"),
    "same_person": ("同じ人（先の行にまとめる）", "The same person"),
    "two_persons": ("別の人", "Two persons"),
    "printed_as": ("印刷する氏名を決めた", "A printed form was decided"),
    "corrected": ("訂正した", "Corrected"),
}
SOURCES: Words = {
    "resident_record": ("甲の住民票等の記録", "The client's resident record"),
    "the_person": ("本人の申出", "The individual"),
    "own_records": ("乙の記録", "Our own records"),
}
"""Where a correction comes from."""
PARTICULARS: Words = {
    "postal_code": ("郵便番号", "Postal code"),
    "address": ("住所", "Address"),
    "email": ("メールアドレス", "E-mail"),
    "printed_name": ("印刷する氏名", "Printed name"),
}
"""What was corrected of an individual."""
RETURN_REASONS: Words = {
    "unknown_address": ("あて所に尋ねあたりません", "Unknown at this address"),
    "incomplete_address": ("住所が不完全", "Address incomplete"),
    "moved": ("転居・転送期間経過", "Moved"),
    "refused": ("受取拒否", "Refused"),
    "retention_expired": ("保管期間経過", "Not collected in time"),
    "other": ("その他", "Other"),
}
OUTCOMES: Words = {
    "publish": ("公表する", "Publish"),
    "publish_part": ("一部を公表する", "Publish a part"),
    "defer": ("当面見合わせる", "Defer"),
    "withhold": ("公表しない", "Do not publish"),
}
STATUTORY_KINDS: Words = {
    "preliminary": ("速報", "Preliminary report"),
    "final": ("確報", "Final report"),
    "supplement": ("追完", "Supplement"),
}
_SELDOM_ASKED = ("my_number_system", "eu_residents")
_ASKED: Words = {name: (question.ja, question.en) for name, question in QUESTIONS.items()}
MAKES_DUE: Words = {name: question for name, question in _ASKED.items() if name not in _SELDOM_ASKED}
TAKES_OUT: Words = {
    "encrypted": (
        "高度な暗号化等がされていたか（電子政府推奨暗号など）",
        "whether it was strongly encrypted",
    ),
    "key_separate": (
        "復号鍵を分けて適切に保管していたか",
        "whether the key was kept apart and protected",
    ),
    "key_exposed": ("復号鍵も漏れたおそれがあるか", "whether the key may have leaked as well"),
    "remote_wiped": (
        "遠隔操作でデータ又は鍵を消去できたか",
        "whether the data or the key was deleted from afar",
    ),
    "recovered_unseen": (
        "誰にも閲覧される前に全部を回収できたか",
        "whether all of it came back before anybody saw it",
    ),
    "copy_exists": (
        "同じ内容のデータを別に保管しているか（滅失・き損の場合）",
        "whether the same content is held elsewhere (loss or damage)",
    ),
}
RARE: Words = {
    **{name: _ASKED[name] for name in _SELDOM_ASKED},
    "low_risk": (
        "EU域内の本人の権利への危険が生じそうにないか",
        "GDPR: whether a risk to the individuals is unlikely",
    ),
}
LEGAL_FACTS: Words = {
    **MAKES_DUE,
    **TAKES_OUT,
    **RARE,
    "persons_low": ("本人の数（最少）", "persons, at least"),
    "persons_high": ("本人の数（最多）", "persons, at most"),
    "cipher": ("暗号化の方法", "how it was encrypted"),
    "assessed_by": ("確かめた人", "who assessed it"),
    "kinds": ("区分", "kinds"),
}
"""The facts that decide whether the law asks for a report, as questions."""
PARTIES: Words = {"contractor": ("乙", "The contractor"), "client": ("甲", "The client")}
DROPPED: Words = {
    "released": ("甲への通知により報告義務を免除", "Released by telling the client"),
    "superseded": ("新しい判断により差し替え", "Replaced after a new decision"),
    "not_reportable": ("報告対象外と判断", "Decided not to be reportable"),
    "instruction_ended": ("指示の変更・撤回により終了", "Ended: instruction changed or withdrawn"),
}
"""Why a deadline no longer counts."""
DECISIONS: Mapping[bool, tuple[str, str]] = {
    True: ("報告対象", "Reportable"),
    False: ("対象外", "Not reportable"),
}
UNDECIDED = ("未判断", "Not yet decided")
UNDECIDED_AGAIN = ("判断の見直しが必要", "To be decided again")
MAIL_STATES: Words = {
    "queued": ("送信待ち", "Waiting to be sent"),
    "sending": ("送信中", "Being sent"),
    "sent": ("送信済", "Sent"),
    "bounced": ("不達", "Bounced"),
    "stopped": ("中止（履行済み等）", "Stopped: no longer open"),
}
ROSTER_COLUMNS: Words = {
    "reference": ("宛名番号", "Reference"),
    "name": ("氏名", "Name"),
    "kana": ("フリガナ", "Kana"),
    "birth_date": ("生年月日", "Date of birth"),
    "postal_code": ("郵便番号", "Postal code"),
    "address": ("住所", "Address"),
    "building": ("方書", "Building"),
    "phone": ("電話番号", "Phone"),
    "email": ("メールアドレス", "E-mail"),
    "items": ("漏えい等項目", "Leaked items"),
    "remarks": ("備考", "Remarks"),
    "protected": ("支援措置", "Protected person"),
}

FACT_NAMES: Words = {
    "contract": ("契約番号", "contract"),
    "title": ("件名", "title"),
    "workflow": ("手続定義", "workflow"),
    "workflow_sha256": ("手続定義のSHA-256", "SHA-256 of the workflow"),
    "kinds": ("区分", "kinds"),
    "contract_ended": ("契約終了後", "contract ended"),
    "fact": ("項目", "fact"),
    "state": ("状態", "state"),
    "text": ("内容", "text"),
    "low": ("下限", "at least"),
    "high": ("上限", "at most"),
    "by": ("実施者", "by"),
    "channel": ("手段", "channel"),
    "ours": ("乙側", "contractor's side"),
    "theirs": ("甲側", "client's side"),
    "note": ("備考", "note"),
    "report": ("報告の版", "version of the report"),
    "changed": ("変更した項目", "changed"),
    "changes": ("変更", "changes"),
    "sha256": ("SHA-256", "SHA-256"),
    "size": ("バイト数", "bytes"),
    "name": ("名称", "name"),
    "reason": ("理由", "reason"),
    "instruction": ("指示番号", "instruction"),
    "version": ("版", "version"),
    "items": ("事項の数", "items"),
    "item_number": ("指示事項", "item"),
    "ended": ("終えた事項", "ended items"),
    "added": ("加えた事項の数", "items added"),
    "given_by": ("指示をした者", "given by"),
    "number": ("番号", "number"),
    "kind": ("種類", "kind"),
    "individuals": ("対象者数", "individuals"),
    "place": ("掲載場所", "place"),
    "run": ("印刷番号", "print run"),
    "letters": ("通数", "letters"),
    "numbers": ("印刷分の中の番号", "numbers within the run"),
    "notice": ("文案番号", "text"),
    "total": ("累計", "total"),
    "count": ("件数", "count"),
    "individual": ("対象者の行番号", "row number"),
    "hold": ("保留の理由", "hold"),
    "way": ("解決の方法", "way"),
    "into": ("まとめた先の行番号", "merged into row"),
    "fields": ("訂正した項目", "corrected"),
    "source": ("確認先", "where from"),
    "found": ("見つかった人数", "found"),
    "newly": ("新たに指定した人数", "newly named"),
    "missing": ("見つからない番号の数", "numbers not found"),
    "delivery": ("送付番号", "delivery"),
    "why": ("返戻の理由", "why it came back"),
    "rows": ("行数", "rows"),
    "persons": ("人数", "persons"),
    "deliveries": ("送付の数", "deliveries"),
    "marks": ("検索用の印の数", "search marks"),
    "files": ("ファイルの数", "files"),
    "witness": ("立会者", "witness"),
    "findings": ("合わない点", "what does not add up"),
    "rejected": ("取込不能の行", "rejected rows"),
    "already_present": ("登録済み", "already on record"),
    "proposal": ("案", "proposal"),
    "points": ("協議事項", "points"),
    "outcome": ("結論", "outcome"),
    "answer": ("回答", "answer"),
    "attendees": ("出席者", "attendees"),
    "consultation_number": ("協議番号", "consultation"),
    "responsible": ("責任者", "responsible"),
    "measure": ("再発防止策の番号", "measure"),
    "corrects": ("訂正する記録", "corrects"),
    "deadline": ("期限", "deadline"),
    "rule": ("規則", "rule"),
    "before": ("変更前", "before"),
    "after": ("変更後", "after"),
    "party": ("当事者", "party"),
    "rung": ("催促の時点", "rung"),
    "overdue": ("徒過", "overdue"),
    "told": ("知らせた人数", "people told, in number"),
    "reportable": ("報告対象", "reportable"),
    "grounds": ("該当する号", "grounds"),
    "days": ("確報の日数", "days"),
    "known_at": ("知った時", "known at"),
    "exemption": ("除外", "exemption"),
    "assessed_by": ("確かめた人", "assessed by"),
    "rulesets": ("規則の版", "rulesets"),
    "proposed": ("本システムの案：報告対象", "proposed: reportable"),
    "proposed_days": ("本システムの案：日数", "proposed days"),
    "proposed_grounds": ("本システムの案：該当する号", "proposed grounds"),
    "articles": ("根拠条文", "articles"),
    "people": ("知らせた人", "people told"),
    "late": ("遅れて知らせた催促", "reminders told late"),
    "reference": ("文書番号", "reference"),
    "unknown": ("調査中の項目の数", "items still unknown"),
    "filed_as": ("受付番号", "receipt number"),
    "concerns_personal": ("個人情報を含む", "personal information"),
    "concerns_confidential": ("機密情報を含む", "confidential information"),
}
"""What the record calls what was said with an event."""
