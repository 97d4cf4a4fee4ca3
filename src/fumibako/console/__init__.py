"""The console: a Django project of pages for people, beside the API for programs (`fumibako.api`).

It runs as a user of its own, touches no mail file and starts no program. What a page does, it does through
`fumibako.actions`; the plumbing here settles who is speaking, in which language, and how carefully a browser is told
to treat our pages.
"""
