"""incident-app: carries a case through Article 16 of the contract annex (第16条 事故発生時の対応).

The map of rooms; a room sees only what stands below it.

    cli             the command `incident`
    serving         several processes that live and end together
    app, checking   the WSGI application; is everything there that an installation needs?
    web, workers    people at a desk; work that runs without a person (mail, print, the watch over deadlines)
    services        one module per thing that people do; functions take `Work` first
    engine          reads workflows/ and lets steps be taken
    rulesets        statutes as dated data, and the arithmetic of days; pure functions
    notices         from notice_templates/ to text, e-mail and PDF
    roster          reads lists of affected individuals as city offices export them
    mail            messages, SMTP, a mail folder
    domain          the nouns and rules of the annex, and the sealed timeline
    config, assets  settings from INCIDENT_*; where the data folders lie
"""

__version__ = "0.1.0"
