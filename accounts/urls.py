"""Page routes of `accounts`, named `accounts:<noun>_<action>`."""

from django.urls import URLPattern, URLResolver

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = []
