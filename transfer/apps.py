"""The application that brings the commands for operating a site, and adjusted ones of others."""

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class TransferConfig(AppConfig):
    """Commands only; no models."""

    name = "transfer"


class CollectedStaticFilesConfig(StaticFilesConfig):
    """Static files without the parts of libraries that no page uses; compressing those takes long.

    Redoc asks foreign servers, so its page is not mounted; maps and module builds are for others.
    """

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "redoc*",
        "gis",
        "swagger-ui-es*",
        "swagger-ui.js*",
    ]
