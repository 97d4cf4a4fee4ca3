"""The directory: domains whose mail is accepted here, and the accounts in them (ドメインとアカウント).

Rows, not settings: there may be a million. A row is a frozen model; an edit adds one, removes one or changes a field.
"""
