"""The catalogue: listings of three kinds, and the vocabularies they are described with."""

from achievements.models.achievement import Achievement
from achievements.models.achievement_rows import EvidenceRow, Inventor, IPRight
from achievements.models.attachment import Attachment
from achievements.models.demand import Demand, RequirementRow
from achievements.models.disclosure import Disclosure, DisclosureEntry, DisclosureInventor
from achievements.models.expert import Claim, Expert, ExpertInvitation
from achievements.models.import_rows import ImportDuplicate, ImportRefusal
from achievements.models.imports import ImportMapping, ImportRun
from achievements.models.lint import LintRule, LintRuleSet, ListingQuality
from achievements.models.listing import Listing
from achievements.models.moderation import Appeal, OwnerAsk, Report
from achievements.models.office import OfficeNote
from achievements.models.one_pager import OnePager
from achievements.models.pool import DeclaredConflict, ExpertMerge
from achievements.models.reveal import Reveal
from achievements.models.review import Review
from achievements.models.version import ListingVersion
from achievements.models.vocabulary import Scheme, Term

__all__ = [
    "Achievement",
    "Appeal",
    "Attachment",
    "Claim",
    "DeclaredConflict",
    "Demand",
    "Disclosure",
    "DisclosureEntry",
    "DisclosureInventor",
    "EvidenceRow",
    "Expert",
    "ExpertInvitation",
    "ExpertMerge",
    "IPRight",
    "ImportDuplicate",
    "ImportMapping",
    "ImportRefusal",
    "ImportRun",
    "Inventor",
    "LintRule",
    "LintRuleSet",
    "Listing",
    "ListingQuality",
    "ListingVersion",
    "OfficeNote",
    "OnePager",
    "OwnerAsk",
    "Report",
    "RequirementRow",
    "Reveal",
    "Review",
    "Scheme",
    "Term",
]
