"""The life of a home: how it is made, started, watched and stopped.

A *home* is one directory that holds all of one mail server (its paths are in `fumibako.layout`). `create` makes one,
`life` brings its processes up and down, `state` tells how they are. What is under here knows users, directories,
certificates, ports and processes of the machine; what the processes do is their own business.

Several homes live side by side on one machine. Nothing here may touch a process, a port or a file of another home.
"""
