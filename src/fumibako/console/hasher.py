"""How operators' passwords are hashed."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class OperatorHasher(Argon2PasswordHasher):
    """Argon2id with 32 MiB, three passes: some 80 ms. Django's own 100 MiB on eight lanes would let a handful of log-ins
    at once take more memory than everything else here together."""

    time_cost = 3
    memory_cost = 32768
    parallelism = 1
