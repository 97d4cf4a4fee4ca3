"""What the console, the agent and the applier say to each other, and where in a home they find each other.

Values and words only: no socket is opened here. `home` is the layout of a home, `frames` and `applier` the agent's
requests to the root process, `console` what agent and console exchange over HTTPS.
"""
