"""Adjusted applications of others."""

from django.contrib.staticfiles.apps import StaticFilesConfig


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
