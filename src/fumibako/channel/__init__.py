"""Connections between our own processes: over Unix sockets, whose peers the kernel names.

`console` speaks the console's API, `applier` the applier's verbs. What is said is in `fumibako.wire`; here it is only
carried.
"""
