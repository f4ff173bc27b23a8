"""The REST API: who may ask how often, how answers and errors look, how it is described."""

from transfer.settings import env

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "transfer.schema.Schema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["accounts.renderers.AnyTextRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "accounts.parsers.ShallowJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "transfer.rest.Pages",
    "PAGE_SIZE": 20,
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.rate("API_RATE_ANONYMOUS", "120/min"),
        "user": env.rate("API_RATE_USER", "600/min"),
        "reports": env.rate("REPORT_RATE", "10/hour"),
        "previews": env.rate("PREVIEW_RATE", "60/min"),
    },
    "NUM_PROXIES": env.number("TRUSTED_PROXIES", 0, most=10),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "transfer.rest.ErrorHandler",
    "ALLOWED_ERROR_STATUS_CODES": [
        *("400", "401", "403", "404", "405", "406", "409", "415", "422", "429"),
    ],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Transfer API",
    "DESCRIPTION": "Achievements, demands and experts of a technology-transfer marketplace.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrganisationKindEnum": "accounts.models.Organisation.Kind",
        "ListingKindEnum": "achievements.models.Listing.Kind",
        "LayerEnum": "achievements.models.Listing.Visibility",
        "ListingStateEnum": "achievements.models.Listing.State",
        "LanguageEnum": "accounts.models.User.Language",
        "RhythmEnum": "accounts.models.User.Rhythm",
        "RoleEnum": "accounts.models.Member.Role",
        "ScopeEnum": "accounts.models.ApiToken.Scope",
        "ReviewReasonEnum": "achievements.models.Review.Reason",
        "ReportReasonEnum": "achievements.models.Report.Reason",
        "PanelStateEnum": "matching.models.Panel.State",
        "DismissalEnum": "matching.models.Decision.Reason",
        "AnswerEnum": "matching.models.Question.Outcome",
        "DuplicateChoiceEnum": "achievements.models.ImportRun.Duplicates",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
