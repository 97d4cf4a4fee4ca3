"""The root process: the only part of Fumibako that may touch the running mail server.

It listens on a Unix socket, knows by the kernel's word who speaks (root and the node agent, nobody else), and does a
closed list of verbs: write a generation, check it, try it in namespaces of its own, install it by one rename, reload, observe.
It assumes that the agent is hostile. A configuration file is power (a Dovecot `executable` runs as root, a Postfix map
opens files as root), so files are accepted by grammar and from closed lists (`grammar`), never because of where they lie or
because the servers' own checkers are content.

Postfix and Dovecot do not live and die with this process: they are daemons with their own parents, found again by their
lock files. A keeper starts them again when they die. What is left to others: settings, rendering, plans, probes, the network.
The process imports no library beyond Python's own and stays below 20 MB; certificates are read by a child.
"""
