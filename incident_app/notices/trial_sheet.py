"""A sheet to be held up to the light: where the window stands when the sheet slides, and a made-up address in it."""

from incident_app.assets import asset_dir
from incident_app.notices.barcode import bars
from incident_app.notices.envelope import Envelope
from incident_app.notices.parts import environment
from incident_app.notices.render import to_pdf

_TITLE = "窓あき封筒の試し刷り"


def trial_sheet(envelope: Envelope) -> bytes:
    """Return the sheet as PDF: the window in its two worst positions, what always shows and the folds."""
    page = environment(asset_dir("notice_templates")).get_template("_layout/trial_sheet.html.j2")
    html = page.render(
        title=_TITLE, it=envelope, barcode=bars("1000013", "1-3-2-503") if envelope.barcode else ""
    )
    return to_pdf(html, title=_TITLE)
