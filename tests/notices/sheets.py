"""Sheets of facts as the services build them: a whole one, and one from the first minutes. All invented."""

from datetime import UTC, date, datetime
from typing import Any

from incident_app.notices.envelope import COMMON

SEAL = "3f1c" * 16
DIGEST = "9ad2" * 16


def full_sheet() -> dict[str, Any]:
    """Return a sheet with everything that any notice can ask for."""
    night = datetime(2026, 11, 21, 17, 5, tzinfo=UTC)  # 02:05 the next morning in Japan
    as_of = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    return {
        "document": {
            "number": "架情報第16号-2",
            "version": 2,
            "issued_on": date(2026, 11, 23),
            "issued_at": as_of,
            "addressee": "架空市長　様",
            "sender": "架空情報処理株式会社\n代表取締役　架空　太郎\n業務責任者　見本　一郎",
            "as_of": as_of,
            "seal": SEAL,
            "attachments": ["別紙1　作業場所の見取図", "別紙2　取扱台帳の写し（2026年10月から11月まで）"],
        },
        "envelope": {"measures": COMMON.measures},
        "contract": {"name": "令和8年度 住民税通知書等印刷封入業務", "number": "契第2026-0416号"},
        "contractor": {"name": "架空情報処理株式会社"},
        "incident": {
            "number": "INC-2026-0007",
            "title": "USBメモリの紛失",
            "kinds": ["滅失", "漏えいのおそれ"],
            "information": ["個人情報"],
            "occurred": "2026年11月21日 21時ごろから22時30分ごろまで（調査中）",
            "detected": night,
            "discovered_by": "業務従事者（持ち出した本人）。帰宅後に鞄を確認し、入れていたUSBメモリがないことに気付いた。",
            "cause": "甲の承諾を得ずにUSBメモリを作業場所から持ち出し、飲食店に立ち寄った。",
            "secondary_damage": "現時点で確認されていない。第三者が拾得した場合のおそれがある。",
            "recovery": "未回収。飲食店、道路及び駅を捜索中。",
            "police": "架空警察署に遺失届を提出（受理番号 2026-0123）。",
        },
        "facts": {
            "content": {
                "state": "known",
                "text": "住民税の通知書データ（氏名、住所、生年月日、税額）。個人番号は含まない。",
                "as_of": as_of,
            },
            "quantity": {
                "state": "estimated",
                "text": "約1,000人分（最大1,200人分）",
                "as_of": as_of,
                "basis": "宛名番号が同じ行を一人と数えた。",
            },
            "place": {"state": "under_investigation", "text": "", "as_of": as_of},
            "circumstances": {
                "state": "known",
                "text": "業務従事者1名が、USBメモリ1本を鞄に入れて退社し、帰宅するまでの間に紛失した。",
                "as_of": as_of,
            },
        },
        "persons": {"state": "estimated", "text": "1,000人～1,200人", "as_of": as_of},
        "calls": [
            {
                "when": datetime(2026, 11, 21, 17, 40, tzinfo=UTC),
                "channel": "電話",
                "ours": "見本一郎",
                "theirs": "税務課 例示係長",
                "note": "紛失の事実を伝え、書面で報告すると約束した。",
            }
        ],
        "measures": [
            {"when": night, "what": "立ち寄り先の捜索を開始した。", "who": "見本一郎"},
            {"when": as_of, "what": "同じ鍵で暗号化した媒体の使用を止めた。", "who": "システム課"},
        ],
        "statutory": [
            {
                "party": "甲",
                "basis": "個人情報保護法第68条",
                "outlook": "100人を超えるため該当の見込み",
                "due": "",
            }
        ],
        "request_to_client": "本人への通知の方法、文案及び名義についてご指示ください。",
        "next_report": "2026年11月24日 17時まで",
        "contact": {
            "name": "業務責任者　見本　一郎",
            "phone": "03-0000-0016（24時間）",
            "hours": "終日",
            "email": "sekinin@example.jp",
        },
        "changes": [
            {
                "item": "数量",
                "before": "調査中",
                "after": "約1,000人分（最大1,200人分）",
                "reason": "取扱台帳と控えのデータを照合した。",
            },
            {
                "item": "発生場所",
                "before": "事業所から自宅までの間",
                "after": "調査中",
                "reason": "本人の申述を確認中のため。",
            },
        ],
        "investigation": {
            "progress": "防犯カメラの映像を確認している。",
            "remaining": "紛失した場所の特定。",
        },
        "instructions": [
            {
                "number": "指示1",
                "item": 1,
                "what": "本人への通知",
                "due": date(2026, 11, 30),
                "state": "準備中",
            }
        ],
        "notices": {
            "standing": "実施中",
            "printed": 980,
            "sent": 975,
            "returned": 4,
            "bounced": 0,
            "substituted": 2,
            "enquiries": 31,
        },
        "enquiry_days": [
            {"day": date(2026, 11, 24), "count": 19, "secondary": 0},
            {"day": date(2026, 11, 25), "count": 12, "secondary": 1},
        ],
        "chronology": [
            {"when": "2026年11月21日 18時50分", "what": "業務従事者がUSBメモリを持ち出した。"},
            {"when": night, "what": "紛失に気付き、業務責任者に連絡した。"},
            {"when": as_of, "what": "第一報を提出した。"},
        ],
        "nine": {
            "reporter": "架空情報処理株式会社",
            "basis": "個人情報の保護に関する法律第26条第1項",
            "known_at": night,
            "grounds": ["個人情報の保護に関する法律施行規則第7条第4号"],
            "due": "速報 2026年11月26日、確報 2026年12月21日",
            "items": {
                **{
                    name: {"state": "known", "text": f"{name}について分かっていること。", "as_of": as_of}
                    for name in (
                        "outline",
                        "data",
                        "damage",
                        "individuals",
                        "publication",
                        "prevention",
                        "other",
                    )
                },
                "persons": {"state": "estimated", "text": "1,000人～1,200人", "as_of": as_of},
                "cause": {"state": "under_investigation", "text": "", "as_of": as_of},
            },
            "changes": [{"item": "3 本人の数", "before": "約1,000人", "after": "1,000人～1,200人"}],
        },
        "prevention": [
            {
                "what": "可搬媒体の書出しを技術的に禁止する。",
                "who": "システム課長",
                "due": date(2026, 12, 25),
                "state": "予定",
            },
            {
                "what": "持ち出しの承諾の手続を全員に再教育した。",
                "who": "業務責任者",
                "due": date(2026, 11, 22),
                "state": "実施済",
            },
        ],
        "publication": {
            "state": "公表済（2026年11月25日）",
            "reason": "二次被害を防ぐため。",
            "edition": "第1報",
            "apology": "住民税の通知書データを記録したUSBメモリを紛失しました。深くお詫び申し上げます。",
        },
        "subcontractors": "なし",
        "compensation": "通知に要する費用は乙が負担する。",
        "evidence": [{"name": "入退室記録.csv", "sha256": DIGEST, "size": 18234}],
        "instruction": {
            "number": "指示1",
            "version": 1,
            "issued_at": as_of,
            "issued_by": "架空市総務部税務課長　例示　花子",
            "basis": "機密保持及び個人情報保護に関する特記事項 第16条第1項",
            "report": "第一報（第1版）",
            "items": [
                {
                    "number": 1,
                    "what": "本人に対し、事実関係を書面で通知すること。",
                    "to_whom": "甲が確定した対象者の全員（支援措置の対象者を除く。）",
                    "by_when": date(2026, 11, 30),
                    "means": "郵送",
                    "text_version": "通知文 第3版",
                    "in_whose_name": "連名",
                },
                {
                    "number": 2,
                    "what": "返戻の状況を毎日報告すること。",
                    "to_whom": "",
                    "by_when": date(2026, 12, 18),
                    "means": "メール",
                    "text_version": "",
                    "in_whose_name": "乙",
                },
            ],
            "prohibitions": "報道機関への回答は、甲との協議の前に行わないこと。",
            "how_to_report": "毎日17時までに、税務課へメールで報告すること。",
            "amends": "なし",
        },
        "receipt": {
            "document": "第一報（漏えい等の報告）",
            "version": 1,
            "digest": DIGEST,
            "received_at": as_of,
            "received_by": "架空市総務部税務課　例示　花子",
            "means": "システム上での受領",
            "defects": "なし",
            "next_step": "本日中に指示書を発出する。",
        },
        "individual": {
            "name": "髙﨑　𠮷子",
            "postal_code": "100-0000",
            "address_lines": ["架空県架空市見本町一丁目2番3-405号", "例示マンション"],
            "items": ["氏名", "住所", "生年月日", "令和8年度の税額"],
            "not_included": ["個人番号（マイナンバー）", "口座番号"],
            "reference": "K7M2-Q9XD",
            "honorific": "様",
            "guardian": None,
        },
        "notice": {
            "apology": "このたび、架空市が委託した業務において、あなたの個人情報を記録したUSBメモリを紛失しました。"
            "大切な情報をお預かりしながら、このようなことになり、深くお詫び申し上げます。",
            "what_happened": "令和8年11月21日の夜、委託先の従業員が、住民税の通知書データを記録したUSBメモリを"
            "持ち出し、帰宅するまでの間に紛失しました。USBメモリは、まだ見つかっていません。",
            "cause": "市の承諾を得ずにUSBメモリを持ち出したことが原因です。",
            "secondary_damage": "これまでに、情報が悪用されたとの報告はありません。"
            "データは暗号化されていますが、第三者に読まれるおそれがないとは言い切れません。",
            "requests": [
                "市役所や委託先を名乗る不審な電話、郵便物、メールにご注意ください。",
                "不審な連絡を受けたときは、下の窓口又は警察にお知らせください。",
            ],
            "measures": [
                "警察に届け出て、捜索を続けています。",
                "USBメモリへの書出しができないように、システムの設定を改めました。",
            ],
            "desk": {
                "name": "架空市住民税通知書お問合せ窓口",
                "phone": "0120-000-016",
                "hours": "平日・土日祝日とも9時から17時まで",
                "fax": "03-0000-0017",
                "email": "madoguchi@example.jp",
            },
            "official_page": "https://www.city.example.jp/owabi",
            "in_name_of": "架空市・架空情報処理株式会社",
        },
        "substitute": {
            "apology": "住民税の通知書データを記録したUSBメモリを紛失しました。深くお詫び申し上げます。",
            "who": "令和8年1月1日から11月21日までの間に、架空市から住民税の通知書を受け取られた方。",
            "items": ["氏名", "住所", "生年月日", "税額"],
            "how_to_check": "窓口にお電話いただき、お名前と通知書の番号をお知らせください。本人であることを確認してお答えします。",
            "period": "2026年11月25日から、架空市が定める日まで",
            "updates": [{"when": date(2026, 11, 25), "what": "掲示を始めました。"}],
        },
        "consultation": {"number": "協議-2026-003"},
        "disposal": {
            "destroyed": [
                {
                    "information": "氏名、住所、生年月日",
                    "medium": "データベース",
                    "quantity": "1,000人分",
                    "method": "暗号鍵の破棄",
                }
            ],
            "destroyed_on": as_of,
            "basis": "指示2 事項1",
            "carried_out_by": "見本一郎（申出）、見本二郎（確認・実施）",
            "witness": "架空市総務部税務課　例示　花子",
            "not_included": ["すでに投函した書面"],
        },
    }


def sheet_of_the_first_minutes() -> dict[str, Any]:
    """Return what is there at 2 a.m.: hardly anything."""
    return {
        "document": {"version": 1, "issued_on": date(2026, 11, 22)},
        "envelope": {"measures": COMMON.measures},
        "incident": {"number": "INC-2026-0007"},
        "facts": {"content": {"state": "under_investigation", "text": None, "as_of": None}},
        "measures": [],
        "individual": {"name": "見本　花子"},
    }
