"""The API door of `achievements`."""

from achievements.api.attachments import AttachmentViewSet
from achievements.api.disclosures import DisclosureViewSet
from achievements.api.experts import ClaimViewSet, ExpertViewSet
from achievements.api.importing import ImportViewSet
from achievements.api.listings import AchievementViewSet, DemandViewSet, ListingViewSet
from achievements.api.moderation import AppealViewSet, ReportViewSet, StaleListingViewSet
from achievements.api.vocabulary import TermViewSet, VocabularyViewSet

routes = [
    ("achievements", AchievementViewSet, "achievement"),
    ("demands", DemandViewSet, "demand"),
    ("experts", ExpertViewSet, "expert"),
    ("listings", ListingViewSet, "listing"),
    ("attachments", AttachmentViewSet, "attachment"),
    ("expert-claims", ClaimViewSet, "expert-claim"),
    ("vocabularies", VocabularyViewSet, "vocabulary"),
    ("terms", TermViewSet, "term"),
    ("imports", ImportViewSet, "import"),
    ("disclosures", DisclosureViewSet, "disclosure"),
    ("reports", ReportViewSet, "report"),
    ("appeals", AppealViewSet, "appeal"),
    ("stale-listings", StaleListingViewSet, "stale-listing"),
]
