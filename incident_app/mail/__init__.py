"""Mail: messages, the SMTP conversation, a folder of messages, and the demonstration's catcher.

message   one text mail to one person, as bytes
sending   what came of a message
smtp      speak with a relay over one connection (with pipe, the only place that talks SMTP as a client)
pipe      the same, where the relay takes several commands at once
dispatch  many messages over several connections, with a ledger
folder    keep messages as .eml files and read them back
catcher   a mail server on this machine that puts all it receives into a folder
"""
