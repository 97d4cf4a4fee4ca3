"""What is done with mail when it is put into a mailbox: what is doubtful goes to Junk, and who is away answers.

Dovecot's Sieve does it. Nobody uploads a script: the one for all is a file of the generation, an account's own is a row of
the look-ups, made from its settings. So it changes at once, costs nothing where there is none, and needs no reload.
"""
