"""What the console, the agent and the applier say to each other.

Values and words only: no socket is opened here. `frames` and `applier` are the agent's requests to the root process,
`console` is what agent and console exchange over HTTPS.
"""
