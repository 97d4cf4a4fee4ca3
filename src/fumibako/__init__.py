"""Fumibako (文箱, a letter box): a mail server that a person runs from a web console.

It manages a real Postfix and a real Dovecot. Settings are values, edits are values, files are a pure function of
them, and applying is a table of steps that are undone by themselves. ARCHITECTURE.md shows the house.
"""
