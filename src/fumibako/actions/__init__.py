"""What can be done with Fumibako: one function a use case, with permission, transaction and audit in one place.

Pages, the REST API, the command line and the YAML file all come through here, so all of them get the same checks and
say the same things. The words:

- A `Caller` is who asks (`caller.py`); `permission.require` is the only place that decides what a caller may do.
- `Wanted` is an edit as it was written; `checking.typed` makes `Edit`s of it, or findings (`checking.py`, `view.py`).
- A `View` is what one operator sees: the revision that serves, with edits laid over it.
- A *draft* holds staged edits (`drafts.py`, `conflicts.py`).
- A `Proposal` is edits that somebody wants planned or applied, from a draft, a file, a list or an older revision
  (`proposal.py`, `files.py`, `history.py`); `plans.py` and `applies.py` make a *run* of it, the agent does it
  (`node_work.py`), and a `Result` says how it went (`result.py`).

What the administrator got wrong is a list of `Finding`s in the value that comes back; what the world got wrong, and what
the caller may not do, is a `Trouble`.
"""
