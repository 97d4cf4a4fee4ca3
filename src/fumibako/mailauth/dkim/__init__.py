"""DomainKeys Identified Mail: a domain takes responsibility for a message by signing it (RFC 6376).

The signature stands in a header field of the message, `DKIM-Signature`; the public key in the DNS, at
`SELECTOR._domainkey.DOMAIN`. RFC 8301 took the weak algorithms away, RFC 8463 brought Ed25519, RFC 8616 internationalised
names. A message may carry many signatures; one that is broken counts as little as none. Which domains' signatures *matter* is
DMARC's question, not this package's.

`signature` reads and checks the field, `verify` looks the key up and says whether it holds, `sign` makes one.
"""
