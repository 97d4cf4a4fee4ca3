"""Domain-based Message Authentication, Reporting and Conformance: does the From: that people see hold? (RFC 9989)

SPF and DKIM each prove *some* domain. DMARC asks whether one of those is *aligned* with the author's: the same, or of the same
organization. What an organization is, the domains themselves say, by where their records stand (the tree walk; there is no
list of public suffixes any more). The record also says what its owner wants done with mail that does not hold: `none`,
`quarantine` or `reject`. Doing it is the receiver's choice.

`record` parses, `walk` goes up the tree, `evaluate` gives the verdict.
"""
