"""Telling applications of security events: a transmitter of the Shared Signals Framework 1.0.

Read `model/events.py` (which fact is which event), `model/streams.py` (what a stream may be),
`follow.py` (the log of facts becomes backlogs, cursor and effect in one unit), `tokens.py` (a
security event token is made when it is sent), `pushing.py` (RFC 8935), then `http/` (stream
management, and polling by RFC 8936).  CAEP's device-compliance is not sent: no fact tells of it.
"""
