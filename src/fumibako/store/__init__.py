"""The console's memory: revisions, runs, drafts, the directory's rows, operators and the audit trail.

Machinery, no rules: models, migrations and the queries that must stay quick with a million accounts (keyset pages,
ranges instead of LIKE, maintained counts, no OFFSET). What may be done, and by whom, is said in `fumibako.actions`.
SQLite by default, PostgreSQL for a fleet; both speak the same queries.
"""
