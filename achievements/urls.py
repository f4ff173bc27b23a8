"""Page routes of `achievements`, named `achievements:<noun>_<action>`."""

from django.urls import URLPattern, URLResolver

app_name = "achievements"
urlpatterns: list[URLPattern | URLResolver] = []
