"""DomainKeys, the ancestor of DKIM (RFC 4870, historic): one hash over header and body, RSA with SHA-1.

It is here because the original's administrators have it, off unless turned on. A good DomainKeys signature proves little
today: SHA-1 is weak, and nothing but `DomainKey-Status` and the method `domainkeys` in Authentication-Results is said about
it; DMARC does not know it.

Whose signature it must be is decided by the *sending address*: the first address of Sender if there is one, else of From; that
field must stand below the signature and be signed.
"""
