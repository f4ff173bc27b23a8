"""How often one user may ask for what costs an embedding; both doors ask the same."""

from typing import Any

from rest_framework.throttling import SimpleRateThrottle


class PreviewThrottle(SimpleRateThrottle):
    """Previews of matches by one user (``PREVIEW_RATE``). While the cache is away nobody is
    refused."""

    scope = "previews"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """By user; visitors have no previews."""
        return self.cache_format % {"scope": self.scope, "ident": f"user-{request.user.pk}"}
