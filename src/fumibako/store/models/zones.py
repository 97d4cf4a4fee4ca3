"""How the DNS of each hosted domain was found last."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ZoneCheck(models.Model):
    """`said` is the agent's report (`wire.zones.ZoneReport`), `checked` when it came; `asked` is when somebody asked for
    one that has not come yet, `publish` whether it may change the zone. `revision` served when it was made."""

    domain = models.CharField(max_length=253, unique=True)
    asked = models.DateTimeField(null=True)
    publish = models.BooleanField(default=True)
    checked = models.DateTimeField(null=True)
    revision = models.IntegerField(default=0)
    well = models.BooleanField(default=False)
    said = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["checked"], name="zone_check_age")]

    def __str__(self) -> str:
        return self.domain
