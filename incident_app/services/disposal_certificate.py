"""廃棄・消去証明書: the certificate that Article 7(5) asks for, with its six items."""

from incident_app.domain.document import IssuedDocument
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.work import Work
from incident_app.services.documents import issue_document
from incident_app.services.sheet import contractor_name, to_client
from incident_app.services.telling import tell_client

_KEY = "暗号鍵の破棄（AES-256-GCM の鍵を上書き消去）"
_PARTICULARS = (
    "宛名番号、氏名、フリガナ、生年月日、郵便番号、住所、電話番号、メールアドレス、保護者、漏えい等の項目"
)


def issue_certificate(
    work: Work,
    incident: Incident,
    item: InstructionItem,
    *,
    persons: int,
    marks: int,
    lists: int,
    runs: int,
    proposed_by: str,
    witness: str,
) -> IssuedDocument:
    """Issue the certificate and queue it for 甲; everything is counted, and nobody named but who acted."""
    destroyed = [
        _row(_PARTICULARS, "データベース（対象者の列）", f"{persons:,}人分", f"{_KEY}及び暗号文の上書き消去"),
        _row(
            "本人を検索するための鍵付きハッシュ値",
            "データベース（検索用の表）",
            f"{marks:,}件",
            "行の上書き消去",
        ),
        _row(
            "対象者名簿（取り込んだ原本の写し）",
            "暗号化ファイル",
            f"{lists:,}個",
            f"{_KEY}及びファイルの削除",
        ),
        _row("通知書の印刷用データ", "暗号化ファイル", f"{runs:,}個", f"{_KEY}及びファイルの削除"),
    ]
    document = issue_document(
        work,
        incident,
        "disposal_certificate",
        number=1,
        version=1,
        reference=f"{incident.number}-D1",
        addressee=to_client(incident),
        sender=contractor_name(incident),
        disposal={
            "destroyed": destroyed,
            "destroyed_on": work.now,
            "basis": f"指示{item.instruction.number} 事項{item.number}",
            "carried_out_by": f"{proposed_by}（申出）、{work.actor.name}（確認・実施）",
            "witness": witness or "なし（立会いの求めなし）",
            "not_included": [
                "証拠として保存したファイル",
                "すでに印刷し、又は投函した書面",
                "本システムの外に取られたバックアップ（保存期間の満了をもって消去する。）",
            ],
        },
    )
    tell_client(work, incident, document)
    return document


def _row(information: str, medium: str, quantity: str, method: str) -> dict[str, str]:
    return {"information": information, "medium": medium, "quantity": quantity, "method": method}
