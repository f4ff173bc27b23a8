"""Page routes of `deals`, named `deals:<noun>_<action>`."""

from django.urls import URLPattern, URLResolver, path

from deals.views import introductions as views
from deals.views import portfolio

app_name = "deals"
urlpatterns: list[URLPattern | URLResolver] = [
    path("introductions/", views.IntroductionListView.as_view(), name="introduction_list"),
    path(
        "introductions/new/<int:listing_pk>/",
        views.IntroductionCreateView.as_view(),
        name="introduction_create",
    ),
    path(
        "introductions/<int:pk>/",
        views.IntroductionDetailView.as_view(),
        name="introduction_detail",
    ),
    path("portfolio/", portfolio.PortfolioListView.as_view(), name="portfolio"),
    path("portfolio/export/<slug:form>/", portfolio.portfolio_export, name="portfolio_export"),
    path("portfolio/act/", portfolio.portfolio_act, name="portfolio_act"),
    path("portfolio/views/new/", portfolio.view_create, name="portfolio_view_create"),
    path("portfolio/views/<int:pk>/delete/", portfolio.view_delete, name="portfolio_view_delete"),
]
