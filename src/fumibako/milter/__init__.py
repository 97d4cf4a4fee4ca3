"""The milter protocol, without any input or output: how a mail server asks a filter about a message (version 6).

Sendmail made it, Postfix speaks it too; it was never a standard. The server connects, both agree on what will be said, and
then the server tells the story of each SMTP session in *commands*: who connected, HELO, MAIL, RCPT, each header field, the body
in pieces, the end of the message. To each the filter gives an *answer*: go on, accept, reject with a code, … and at the
end of the message, before the last answer, any number of *changes*: add, insert, change or delete header fields, quarantine,
and more. What need not be said is agreed away, step by step, and so are answers: a server that waits for no answer to header
fields and body sends them in one go, which is what makes a filter fast.

`frames` cuts the stream into packets, `commands` and `answers` are the packets as values, `negotiation` is what both agree on,
`tables` says what may come when and what may answer it, and `session` puts it together: octets in, commands out; answers in,
octets out. A server that breaks the protocol raises `Violation`, and the connection is to be closed; an answer that the
protocol does not allow is our own mistake and an assertion.
"""
