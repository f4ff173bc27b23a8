"""What can be done with the catalogue."""

from achievements.services.appeals import (
    appeal_take_down,
    appealable,
    decide_appeal,
    recall_appeals,
)
from achievements.services.attachments import (
    add_attachment,
    change_attachment,
    record_opening,
    remove_attachment,
)
from achievements.services.content import (
    EditConflictError,
    create_listing,
    discard_listing,
    update_listing,
)
from achievements.services.edits import unseen_changes
from achievements.services.erasing import erase_expert
from achievements.services.erasing_files import drop_import_files
from achievements.services.experts import (
    accept_invitation,
    admit_expert,
    apply_as_expert,
    claim_expert,
    decide_claim,
    invitation_token,
    propose_expert,
    read_invitation_token,
)
from achievements.services.inviting import invite_expert, remind_invited_expert
from achievements.services.lifecycle import (
    allowed_verbs,
    check_complete,
    close_listing,
    expire_listings,
    publish_listing,
    renew_listing,
    reopen_listing,
    submit_listing,
    withdraw_listing,
)
from achievements.services.merging import merge_experts, unmerge_experts
from achievements.services.notices import remind_of_expiry
from achievements.services.pool import (
    declare_conflict,
    keep_pool_record,
    lapse_admissions,
    remind_of_lapse,
    withdraw_conflict,
)
from achievements.services.proposals import ignore_proposals, proposals_of, propose_rows
from achievements.services.quality import judge_text, rate_listing, rate_outstanding
from achievements.services.quantities import recognise_quantities
from achievements.services.readiness import verify_readiness
from achievements.services.reading import history_of, record_reading
from achievements.services.renewal import read_renewal_token, renewal_token
from achievements.services.reports import (
    dismiss_report,
    recall_reports,
    report_listing,
    uphold_report,
)
from achievements.services.reviewing import (
    approve_listing,
    confirm_changes,
    reject_listing,
    take_down_listing,
)
from achievements.services.staleness import (
    ask_owner,
    confirm_still_valid,
    open_asks_of,
    stale_listings,
    stale_parts,
)

__all__ = [
    "EditConflictError",
    "accept_invitation",
    "add_attachment",
    "admit_expert",
    "allowed_verbs",
    "appeal_take_down",
    "appealable",
    "apply_as_expert",
    "approve_listing",
    "ask_owner",
    "change_attachment",
    "check_complete",
    "claim_expert",
    "close_listing",
    "confirm_changes",
    "confirm_still_valid",
    "create_listing",
    "decide_appeal",
    "decide_claim",
    "declare_conflict",
    "discard_listing",
    "dismiss_report",
    "drop_import_files",
    "erase_expert",
    "expire_listings",
    "history_of",
    "ignore_proposals",
    "invitation_token",
    "invite_expert",
    "judge_text",
    "keep_pool_record",
    "lapse_admissions",
    "merge_experts",
    "open_asks_of",
    "proposals_of",
    "propose_expert",
    "propose_rows",
    "publish_listing",
    "rate_listing",
    "rate_outstanding",
    "read_invitation_token",
    "read_renewal_token",
    "recall_appeals",
    "recall_reports",
    "recognise_quantities",
    "record_opening",
    "record_reading",
    "reject_listing",
    "remind_invited_expert",
    "remind_of_expiry",
    "remind_of_lapse",
    "remove_attachment",
    "renew_listing",
    "renewal_token",
    "reopen_listing",
    "report_listing",
    "stale_listings",
    "stale_parts",
    "submit_listing",
    "take_down_listing",
    "unmerge_experts",
    "unseen_changes",
    "update_listing",
    "uphold_report",
    "verify_readiness",
    "withdraw_conflict",
    "withdraw_listing",
]
