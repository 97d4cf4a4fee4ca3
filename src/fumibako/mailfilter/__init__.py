"""The mail filter: Postfix asks it about every message, and it answers within seconds or mail waits.

It speaks two protocols on Unix sockets that only Postfix's group can reach: the milter protocol, in which Postfix tells a
whole message and takes changes and a verdict, and the policy protocol, in which it asks about a recipient and takes an
action. What is said rests on the serving generation (`filter.json`), on the published look-ups and on the DNS; the filter
writes nothing, has no privileges and knows no console.

`parent` binds the sockets and keeps a `worker` for each core, which it replaces when it dies. A worker has an `Instance`:
configuration, look-ups and resolver. `policy` is that protocol without input or output, `policy_service` the connections
that speak it, `answerers` who answers what. Whatever goes wrong here, Postfix hears 4xx or "no opinion", never 5xx.
"""
