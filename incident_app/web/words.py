"""What the codes of a case are called on screen, as (Japanese, English), for the `said` filter."""

from collections.abc import Mapping

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
}
