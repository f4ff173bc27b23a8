"""The API door of `achievements`."""

from achievements.api.importing import ImportViewSet

routes = [
    ("imports", ImportViewSet, "import"),
]
