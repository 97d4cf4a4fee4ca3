"""Authenticated Received Chain: what each server on the way saw, sealed by it (RFC 8617).

A mailing list changes a message and so breaks its signatures; a forwarder breaks SPF. With ARC each of them adds a *set* of
three fields: what its own checks found (ARC-Authentication-Results), a signature over the message as it sends it on
(ARC-Message-Signature) and one over all sets so far (ARC-Seal). The receiver sees whether the chain is unbroken; whether it
believes the sealers is its own decision.

`chain` finds the sets, `verify` says whether they hold, `seal` adds one.
"""
