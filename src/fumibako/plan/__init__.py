"""From what is wanted and what is observed to a plan, and from the plan to steps: values and tables, no I/O.

A plan compares three things before and after a change: the files, the daemons that have to be told, and what the
servers answer. The answers are transcripts of real sessions that others hold (`fumibako.node`); here are the questions
and the comparison. Applying is a table of steps (`apply.py`): what each does, what undoes it, and that the undo is
written down before the step begins.
"""
