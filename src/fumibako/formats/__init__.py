"""The files that Postfix and Dovecot read, as values: main.cf, master.cf, Dovecot 2.3, SQLite look-ups.

Each format has a frozen value, a `format` that writes it in one canonical spelling and a `parse` that reads exactly that
spelling back: `parse(format(x)) == x`, and `format(parse(text)) == text` for every text that `parse` accepts. The second
half is what makes a parsed file trustworthy to the root process: a text that the servers might read otherwise than we
do (continued comments, tabs, quotes in odd places, a carriage return) is not canonical and is refused with its line.

Nothing reaches a file without its quoting, and what a format cannot quote (a newline, a NUL, an unbalanced brace) raises
`Malformed`. The manuals: postconf(5), master(5), sqlite_table(5), and Dovecot 2.3's `lib-settings` and `config-parser`.
Dovecot 2.4 has another language and will have another module beside `dovecot23`.

Left to others: which parameters and values are wise (`fumibako.features`) or allowed (`fumibako.applier.grammar`);
only `postfix_parameters` says here which Postfix parameters an administrator may tune, since both need to know.
"""
