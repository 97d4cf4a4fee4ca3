"""The REST API: thin routes over `fumibako.actions`.

`/api/v1/` is for administrators' programs (its description is at `/api/v1/openapi.json`), `/api/node/v1/` for the agent
alone. Texts are in the language of `Accept-Language`. What goes wrong is a problem document (RFC 9457) with our `code`
and `findings`, each with `code`, `path`, `message`, `severity`. A plan or an apply that is refused is an answer like any
other (200 with `"outcome": "refused"` and its findings); one that could not be understood is a problem.

What changes something takes `?draft=true` to stage instead of applying.
"""
