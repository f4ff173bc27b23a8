"""Page routes of `deals`, named `deals:<noun>_<action>`."""

from django.urls import URLPattern, URLResolver, path

from deals import views

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
]
