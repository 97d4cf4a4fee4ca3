"""Aliases (エイリアス設定): names whose mail goes on to other addresses, and catch-alls.

Rows of the directory like domains and accounts. A row's key is the whole address, or `@domain` for all names of a domain
that nothing else is known of; its targets are one value.
"""
