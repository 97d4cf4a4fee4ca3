"""Who sent this message? The five ways in which Internet mail answers, each in a package of its own.

*SPF* (RFC 7208) asks the envelope: may this client's address send for the domain in MAIL FROM or HELO? *DKIM* (RFC 6376,
8301, 8463, 8616) asks the message: does a signature over header and body verify under a key that the signing domain
publishes? *DomainKeys* (RFC 4870) is DKIM's ancestor. *DMARC* (RFC 9989) asks what a person sees: does the domain in
From: agree with one that SPF or DKIM proved, and what does its owner want done if not? *ARC* (RFC 8617) lets a forwarder
seal what it saw, so that the next server can believe it although the forwarding broke a signature. What was found travels
in *Authentication-Results* (RFC 8601) and *Received-SPF* fields.

How it is built. Whatever was signed passes through here once: header fields first (`fumibako.mail.header`), then the body in
pieces of any size (`body.BodyHasher`), so a message of a gigabyte costs its hashing and no memory. DNS is an argument
(`resolver.Resolver`), and so is the time. A verifier is made when the header is complete: it can then say which names it
will ask for, so that a daemon looks them up while the body still arrives.

Results are values: the RFC's status word, and a `reason.Reason` with a stable code that a person's language is found by.
Mail is hostile text. Nothing here raises on bad mail, whatever it is; nothing costs more than in proportion to its size;
and what is not understood wholly never passes.
"""
