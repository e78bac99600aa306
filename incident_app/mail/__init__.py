"""Mail: messages, the SMTP conversation, a folder of messages, and the demonstration's catcher.

message   one text mail to one person, as bytes
sending   what came of a message, and what every means of sending promises
smtp      send through a relay (the only place that talks SMTP as a client)
folder    keep messages as .eml files and read them back
catcher   a mail server on this machine that puts all it receives into a folder
"""
