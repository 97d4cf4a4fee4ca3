"""The agent of one node: it makes the node serve what the console's current revision says.

It pulls its work over the console's API, renders the files, asks the root process (`fumibako.applier`) to try and install
them, writes the look-up databases itself, asks the servers what they answer, and reports. What it is in the middle of
stands in a journal on the disk, so that whatever kills it, the next start finishes the run or undoes it.

It has no power over the machine: everything that needs root is asked of the applier, which trusts it no further than its
list of verbs.
"""
