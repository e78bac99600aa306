"""First words for a notice or a publication, taken from the case; people change them before anything goes out.

What the case does not say stays empty and is shown as missing: an apology that guesses a cause does harm.
"""

from incident_app.domain.incident import CIRCUMSTANCES, CONTENT, QUANTITY, Incident
from incident_app.domain.instruction import CONTRACTOR, NOTIFY, SUBSTITUTE
from incident_app.domain.notice import SUBSTITUTE_NOTICE
from incident_app.notices.japanese import wareki
from incident_app.services.publishing import PUBLICATION_FIELDS
from incident_app.services.sheet import fact_words

Words = dict[str, str]

_REQUESTS = """\
本件を装った不審な電話、郵便、メール、訪問にご注意ください。
届いたメールのリンクを開いたり、暗証番号やパスワードを入力したりしないでください。
心当たりのない請求や手続の知らせがあったときは、下記の窓口にご連絡ください。"""
_HOW_TO_CHECK = (
    "下記の窓口にお電話ください。お名前、生年月日、ご住所を確認したうえで、対象かどうかをお答えします。"
)


def words_for_notice(incident: Incident, kind: str) -> Words:
    """Return the newest draft of this kind, or of the other; its gaps and a first draft come from the case."""
    drafts = [notice for notice in incident.notices if notice.kind == kind] or incident.notices
    return _filled(incident, drafts[-1].values if drafts else {})


def words_for_publication(incident: Incident) -> Words:
    """Return the newest publication's words, else the newest notice's; gaps come from the case."""
    published = [publication.values for publication in incident.publications if not publication.withheld]
    earlier = published or [notice.values for notice in incident.notices]
    words = _filled(incident, earlier[-1] if earlier else {})
    return {name: words.get(name, "") for name in PUBLICATION_FIELDS}


def name_for_notice(incident: Incident, kind: str) -> str:
    """Return in whose name the standing instruction wants this kind of notice."""
    ordered = SUBSTITUTE if kind == SUBSTITUTE_NOTICE else NOTIFY
    names = [item.in_whose_name for item in incident.items_in_force if item.kind == ordered]
    return names[-1] if names else CONTRACTOR


def _filled(incident: Incident, earlier: Words) -> Words:
    return _words_of_case(incident) | {name: text for name, text in earlier.items() if text}


def _words_of_case(incident: Incident) -> Words:
    contract = incident.contract
    return {
        "apology": (
            f"{contract.client.name}から{contract.contractor.name}が受託した業務において、個人情報に関する事故が"
            "発生しました。ご本人をはじめ関係する皆様に多大なご心配とご迷惑をおかけしますことを、深くお詫び申し上げます。"
        ),
        "what_happened": _what_happened(incident),
        "cause": incident.cause,
        "secondary_damage": incident.secondary_damage,
        "requests": _REQUESTS,
        "measures": "\n".join(
            [measure.text for measure in incident.measures] + [it.text for it in incident.prevention]
        ),
        "items": fact_words(incident.fact(CONTENT))["text"],
        "how_to_check": _HOW_TO_CHECK,
    }


def _what_happened(incident: Incident) -> str:
    day, verb = (
        (incident.occurred_at, "発生しました")
        if incident.occurred_at
        else (incident.detected_at, "判明しました")
    )
    said = [f"{wareki(day)}、個人情報に関する事故が{verb}。"]
    for name, label in ((CIRCUMSTANCES, ""), (CONTENT, "対象となった情報："), (QUANTITY, "件数：")):
        text = fact_words(incident.fact(name))["text"]
        if text:
            said.append(f"{label}{text}")
    return "\n".join(said)
