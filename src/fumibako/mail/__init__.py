"""The words of Internet mail as values: domains and addresses.

Follows RFC 5321 (addresses in SMTP), RFC 1035 and RFC 5891 (domain names, internationalised ones as A-labels). What
cannot be such a value raises `Malformed`, a `ValueError` with a stable code; the words for people are made above, in
`fumibako.schema` and the features. Nothing here does I/O.
"""
