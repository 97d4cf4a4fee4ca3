"""What was found, written into the message for those who come after: Authentication-Results (RFC 8601) and Received-SPF
(RFC 7208 §9.1).

Whoever reads such a field must know who wrote it. So a server takes away, of what comes from outside, every field that
claims to be its own (RFC 8601 §5): `forged` finds them.
"""
