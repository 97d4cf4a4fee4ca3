"""Which files the root process accepts: `offences_of(files, home)`, an empty list when all is well.

Each kind of file has its table: a Postfix parameter, restriction or service, a Dovecot setting or block, a word of SQL is a
row with the grammar of its value. What has no row is not accepted. A coming feature adds rows, nothing else.
"""

from fumibako.applier.grammar.files import offences_of

__all__ = ["offences_of"]
