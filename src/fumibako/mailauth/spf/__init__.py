"""Sender Policy Framework: may this address send mail for that domain? (RFC 7208)

The domain in MAIL FROM, or the name that the client gave in HELO, publishes a record: a list of mechanisms that match
addresses, each with the verdict to give. Nothing in the message itself is looked at, least of all the From: that people see;
that is DMARC's part.

`record` parses what is published (once; parsed records are kept), `macro` fills in what depends on the message, `check`
walks the record with the DNS at hand and within the RFC's limits, so that no record can make a server ask for long.
"""
