"""Mailbox quotas (スプール容量制限): how full a mailbox is, how full it may be, and what follows.

The limit is a field of the account (`quota_mb`). How full the mailbox is, Dovecot itself counts; its quota_clone plugin
writes every change into a small database (`usage.py`) that the agent and the mail filter read.
"""
