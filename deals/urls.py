"""Page routes of `deals`, named `deals:<noun>_<action>`."""

from django.urls import URLPattern, URLResolver

app_name = "deals"
urlpatterns: list[URLPattern | URLResolver] = []
