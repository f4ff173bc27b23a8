"""The API door of `deals`."""

from deals.api.introductions import IntroductionViewSet
from deals.api.portfolio import PortfolioViewSet, PortfolioViewViewSet

routes = [
    ("introductions", IntroductionViewSet, "introduction"),
    ("portfolio", PortfolioViewSet, "portfolio"),
    ("portfolio-views", PortfolioViewViewSet, "portfolio-view"),
]
