"""What is said at the enquiry desk, as (Japanese, English), for the `said` filter."""

from incident_app.web.words import Words

CHANNELS: Words = {
    "phone": ("電話", "Phone"),
    "counter": ("来訪", "At the counter"),
    "email": ("電子メール", "E-mail"),
    "fax": ("ファクシミリ", "Fax"),
    "letter": ("郵便", "Letter"),
}
TOPICS: Words = {
    "what_leaked": ("何が漏えいしたか", "What leaked"),
    "is_it_genuine": ("通知は本物か", "Is the notice genuine?"),
    "secondary_damage": ("不審な電話・メール等（二次被害）", "Fraud by call or mail (secondary damage)"),
    "complaint": ("苦情", "Complaint"),
    "change_of_address": ("住所の変更", "Change of address"),
    "accessibility": ("点字・大きな文字・言語等", "Accessibility or language"),
    "other": ("その他", "Other"),
}
ANSWERS: Words = {
    "general": ("公表の範囲で説明", "What is public was explained"),
    "own_data": ("本人の対象項目を説明（本人確認済）", "Told what leaked of them, after the check"),
    "genuine": ("通知書の確かめ方を案内", "How to see that a notice is genuine"),
    "beware": ("注意を呼びかけ、警察等を案内", "Warned of fraud, and referred to the police"),
    "noted": ("申出を受け付けた", "Noted what they asked for"),
    "referred": ("甲の担当課を案内", "Referred to the client's section"),
    "unanswered": ("回答しなかった", "Not answered"),
}
PROMISES: Words = {
    "none": ("なし", "None"),
    "call_back": ("折り返し連絡", "Call back"),
    "send_again": ("通知書の再送", "Send the notice again"),
    "to_responsible_person": ("業務責任者へ引継ぎ", "Handed to the responsible person"),
    "to_client": ("甲へ引継ぎ", "Handed to the client"),
}
LANGUAGES: Words = {
    "ja": ("日本語", "Japanese"),
    "ja_easy": ("やさしい日本語", "Easy Japanese"),
    "en": ("英語", "English"),
    "zh": ("中国語", "Chinese"),
    "ko": ("韓国語", "Korean"),
    "vi": ("ベトナム語", "Vietnamese"),
    "pt": ("ポルトガル語", "Portuguese"),
    "other": ("その他", "Other"),
}
