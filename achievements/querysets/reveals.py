"""Questions about who may read sealed demands."""

from typing import Self

from django.db import models


class RevealQuerySet(models.QuerySet):
    """Questions about reveals."""

    def standing(self) -> Self:
        """Those that their owner has not ended."""
        return self.filter(ended_at__isnull=True)
