"""How often one visitor or user may do what is open to everyone; both doors ask the same."""

from typing import Any

from rest_framework.throttling import SimpleRateThrottle


class ReportThrottle(SimpleRateThrottle):
    """Reports by one user, or from one address of visitors (``REPORT_RATE``).

    Only the cache knows the address, for as long as it counts. While the cache is away nobody is
    refused.
    """

    scope = "reports"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """By user, else by address."""
        user = request.user
        ident = f"user-{user.pk}" if user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
