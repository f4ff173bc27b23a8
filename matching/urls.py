"""Page routes of `matching`, named `matching:<noun>_<action>`."""

from django.urls import URLPattern, URLResolver

app_name = "matching"
urlpatterns: list[URLPattern | URLResolver] = []
