"""Page routes of `matching`, named `matching:<noun>_<action>`."""

from django.urls import URLPattern, URLResolver, path

from matching.views import (
    answering,
    curating,
    duplicates,
    market,
    matches,
    operation,
    panels,
    previewing,
    quality,
    questions,
    shortlist,
    weights,
)
from matching.views.saved_searches import (
    SavedSearchDeleteView,
    SavedSearchEditView,
    SavedSearchListView,
    SavedSearchPreviewView,
    SavedSearchRunView,
)
from matching.views.search import SearchView, UnansweredView, suggestions

app_name = "matching"
urlpatterns: list[URLPattern | URLResolver] = [
    path("search/", SearchView.as_view(), name="search"),
    path("search/suggestions/", suggestions, name="search_suggestions"),
    path("search/unanswered/", UnansweredView.as_view(), name="unanswered_list"),
    path("saved-searches/", SavedSearchListView.as_view(), name="saved_search_list"),
    path("saved-searches/new/", SavedSearchEditView.as_view(), name="saved_search_create"),
    path("saved-searches/<int:pk>/", SavedSearchRunView.as_view(), name="saved_search_detail"),
    path(
        "saved-searches/<int:pk>/preview/",
        SavedSearchPreviewView.as_view(),
        name="saved_search_preview",
    ),
    path("saved-searches/<int:pk>/edit/", SavedSearchEditView.as_view(), name="saved_search_edit"),
    path(
        "saved-searches/<int:pk>/delete/",
        SavedSearchDeleteView.as_view(),
        name="saved_search_delete",
    ),
    path("matches/", matches.MatchListView.as_view(), name="match_list"),
    path("matches/<int:pk>/", matches.match_detail, name="match_detail"),
    path("panels/", panels.PanelListView.as_view(), name="panel_list"),
    path("panels/new/", panels.panel_task, name="panel_task"),
    path("panels/<int:pk>/", panels.panel_detail, name="panel_detail"),
    path("panels/<int:pk>/<slug:verb>/", panels.panel_act, name="panel_act"),
    path("demands/<int:pk>/panel/", panels.panel_create, name="panel_create"),
    path("demands/<int:pk>/propose/", curating.match_propose, name="match_propose"),
    path("matches/<int:pk>/ask/", questions.match_ask, name="match_ask"),
    path("matches/<int:pk>/<slug:verb>/", answering.match_decide, name="match_decide"),
    path("demands/preview/", previewing.demand_preview, name="demand_preview"),
    path("demands/<int:pk>/preview/", previewing.demand_preview_page, name="demand_preview_page"),
    path("shortlist/", shortlist.ShortlistView.as_view(), name="shortlist"),
    path("shortlist/<int:pk>/note/", shortlist.shortlist_note, name="shortlist_note"),
    path("shortlist/<int:pk>/remove/", shortlist.shortlist_remove, name="shortlist_remove"),
    path(
        "listings/<int:pk>/shortlist/<slug:verb>/",
        shortlist.listing_shortlist,
        name="listing_shortlist",
    ),
    path("compare/", shortlist.compare_listings, name="compare"),
    path("weights/", weights.WeightsListView.as_view(), name="weights_list"),
    path("weights/<int:version>/", weights.weights_detail, name="weights_detail"),
    path("weights/<int:version>/activate/", weights.weights_activate, name="weights_activate"),
    path("match-quality/", quality.QualityView.as_view(), name="quality"),
    path("match-quality/exposure/", quality.ExposureView.as_view(), name="exposure"),
    path("match-quality/details/", quality.QualityDetailView.as_view(), name="quality_details"),
    path("statistics/", market.StatisticsView.as_view(), name="statistics"),
    path("status/", operation.StatusView.as_view(), name="status"),
    path("dashboard/", market.DashboardView.as_view(), name="dashboard"),
    path("duplicates/", duplicates.DuplicateListView.as_view(), name="duplicate_list"),
    path(
        "duplicates/<int:pk>/different/", duplicates.duplicate_different, name="duplicate_different"
    ),
    path("questions/", questions.QuestionListView.as_view(), name="question_list"),
    path("questions/<int:pk>/", questions.question_detail, name="question_detail"),
    path("listings/<int:pk>/matches/", matches.listing_matches, name="listing_matches"),
]
