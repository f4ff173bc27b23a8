"""Who may do what: for each route the roles that may, and the objects it is asked about.

One rule holds for the page and for the route of the API that does the same. A role that may do
something still needs to see the object; who sees which is said in `tests/security/world.py`. Verbs
are named after a slash where a route has several with different rules. `auth:` stands for routes
without a namespace.
"""

from tests.security.world import (
    ADMINISTRATORS,
    ANYONE,
    CURATORS,
    MEMBERS,
    MODERATORS,
    OFFICE,
    SIGNED_IN,
)

NOBODY: frozenset[str] = frozenset()
EDITORS = OFFICE | {"superuser"}
OWNERS = frozenset({"owner", "superuser"})
PERSON = CURATORS | {"expert"}
POSTERS = OFFICE | {"other"}  # who posts for an organisation, whichever it is

RULES: list[tuple[frozenset[str], str, str]] = [
    # --- what everyone reads ---------------------------------------------------------------
    (
        ANYONE,
        "",
        """
        matching: search search_suggestions compare quality statistics
        achievements: home robots sitemap sitemap_section achievement_list demand_list
            expert_list listing_renew_by_link
        accounts: organisation_list mailbox
        auth: account_login account_logout account_inactive account_signup account_confirm_email/get
            account_email_verification_sent account_reset_password account_reset_password_done
            account_reset_password_from_key account_reset_password_from_key_done set_language
            api/docs/
        api: schema docs api-root/get organisation-list/get region-list achievement-list/get
            demand-list/get expert-list/get listing-list vocabulary-list term-list
            attachment-list/get comparison-list match-quality-summary search-list search-facets
            search-suggestions statistics-summary
        """,
    ),
    (ANYONE, "achievement draft", "achievements: achievement_detail listing_report"),
    (ANYONE, "achievement draft", "api: achievement-detail/get listing-detail search-similar"),
    (ANYONE, "achievement draft", "api: achievement-one-pager report-list/post"),
    (ANYONE, "demand demand_draft sealed", "achievements: demand_detail"),
    (ANYONE, "demand demand_draft sealed", "api: demand-detail/get demand-one-pager"),
    (ANYONE, "expert expert_draft", "achievements: expert_detail"),
    (ANYONE, "expert expert_draft", "api: expert-detail/get expert-one-pager"),
    (ANYONE, "achievement", "achievements: one_pager one_pager_make one_pager_pdf"),
    (NOBODY, "draft sealed", "achievements: one_pager one_pager_make one_pager_pdf"),
    (ANYONE, "attachment attachment_private", "achievements: attachment_download"),
    (ANYONE, "attachment attachment_private", "api: attachment-detail/get attachment-download"),
    (ANYONE, "home waiting", "accounts: organisation_detail organisation_logo"),
    (ANYONE, "home waiting", "api: organisation-detail/get"),
    (ANYONE, "scheme", "api: vocabulary-detail"),
    (ANYONE, "term", "api: term-detail"),
    (ANYONE, "region", "api: region-detail"),
    (ANYONE, "letter_sent", "accounts: mailbox_message mailbox_html"),
    (NOBODY, "", "accounts: invitation_accept/get unsubscribe"),  # with a secret that is wrong
    (NOBODY, "", "auth: account_confirm_email/post"),
    (NOBODY, "", "auth: mfa_deactivate_totp"),  # nobody here has a second factor
    (NOBODY, "", "auth: mfa_view_recovery_codes mfa_download_recovery_codes"),
    (NOBODY, "", "api: api-root/post"),
    # --- one's own -------------------------------------------------------------------------
    (
        SIGNED_IN,
        "",
        """
        matching: saved_search_list saved_search_create match_list shortlist question_list
        achievements: expert_create expert_accept listing_list disclosure_list disclosure_create
            proposal_list quality_judge import_example
        accounts: organisation_create organisation_switch invitation_list preferences token_list
            notification_list notification_read_all invitation_accept/post
        deals: introduction_list portfolio portfolio_export
        auth: account_reauthenticate account_email account_change_password account_set_password
            account_confirm_login_code mfa_index mfa_authenticate mfa_reauthenticate
            mfa_activate_totp mfa_generate_recovery_codes usersessions_list
        api: user-me organisation-list/post member-list invitation-list/get invitation-accept
            token-list/get notification-list notification-read-all notification-unread-count
            audit-event-list achievement-judge achievement-propose demand-judge demand-propose
            demand-propose-terms expert-judge expert-accept expert-claim-list import-list/get
            disclosure-list/get appeal-list match-list question-list saved-search-list
            introduction-list/get portfolio-list portfolio-export portfolio-view-list/get
            shortlist-list/get import-example
        """,
    ),
    (NOBODY, "", "api: token-list/post"),  # a token cannot make another
    (SIGNED_IN, "search", "matching: saved_search_detail saved_search_preview saved_search_edit"),
    (SIGNED_IN, "search", "matching: saved_search_delete"),
    (SIGNED_IN, "search", "api: saved-search-detail saved-search-preview"),
    (SIGNED_IN, "token", "accounts: token_revoke api: token-detail"),
    (SIGNED_IN, "notification", "accounts: notification_open notification_read"),
    (SIGNED_IN, "notification", "api: notification-detail notification-read"),
    (SIGNED_IN, "view", "deals: portfolio_view_delete api: portfolio-view-detail"),
    (SIGNED_IN, "event", "api: audit-event-detail"),
    # --- listings --------------------------------------------------------------------------
    (SIGNED_IN - {"viewer"}, "", "achievements: achievement_create demand_create demand_wizard"),
    (OFFICE, "", "api: achievement-list/post demand-list/post expert-list/post"),  # for `home`
    (
        EDITORS,
        "achievement draft",
        """
        achievements: listing_discard listing_still_valid listing_appeal version_restore
            attachment_create listing_transition
        matching: listing_matches
        """,
    ),
    (
        EDITORS,
        "achievement draft",
        """
        achievements: achievement_update
        api: achievement-detail/put achievement-detail/patch achievement-detail/delete
            achievement-submit achievement-withdraw achievement-close achievement-renew
            achievement-reopen achievement-still-valid achievement-appeal achievement-proposals
            achievement-quality achievement-restore-version attachment-list/post
        """,
    ),
    (
        EDITORS,
        "demand sealed",
        """
        achievements: demand_update reveal_list
        matching: demand_preview_page
        api: demand-detail/put demand-detail/patch demand-detail/delete match-preview-list
        """,
    ),
    (
        EDITORS,
        "sealed",
        """
        api: demand-submit demand-withdraw demand-close demand-renew demand-reopen
            demand-still-valid demand-appeal demand-proposals demand-proposed-terms demand-quality
            demand-restore-version demand-reveals
        """,
    ),
    (EDITORS, "demand", "achievements: reveal_end api: demand-end-reveal"),
    (EDITORS, "demand_draft", "achievements: wizard_text wizard_requirements wizard_questions"),
    (EDITORS, "demand_draft", "achievements: wizard_check"),
    (POSTERS, "", "matching: demand_preview deals: portfolio_act"),
    (
        EDITORS | MODERATORS,
        "achievement draft sealed",
        "achievements: listing_changes version_list version_compare",
    ),
    (
        EDITORS | MODERATORS,
        "achievement draft",
        "api: achievement-history achievement-versions achievement-version",
    ),
    (EDITORS | MODERATORS, "sealed", "api: demand-history demand-versions demand-version"),
    (
        EDITORS,
        "attachment attachment_private",
        """
        achievements: attachment_update attachment_delete
        api: attachment-detail/patch attachment-detail/delete
        """,
    ),
    (POSTERS | CURATORS, "", "achievements: listing_import"),
    (EDITORS, "", "api: import-list/post"),  # for `home`
    (
        EDITORS,
        "import",
        """
        achievements: import_detail import_confirm import_columns import_fix import_duplicates
            import_refused import_undo import_cancel
        api: import-detail import-cancel import-check-again import-choose import-confirm
            import-duplicates import-refused import-undo
        """,
    ),
    (CURATORS, "import", "api: import-namesakes"),
    # --- reviewing -------------------------------------------------------------------------
    (MODERATORS, "", "achievements: moderation_queue accounts: organisation_queue"),
    (
        MODERATORS,
        "achievement sealed",
        """
        achievements: listing_approve listing_reject listing_confirm_changes listing_take_down
        """,
    ),
    (
        MODERATORS,
        "achievement draft",
        """
        achievements: achievement_verify
        api: achievement-approve achievement-reject achievement-confirm-changes
            achievement-take-down achievement-verify-readiness
        """,
    ),
    (
        MODERATORS,
        "sealed",
        "api: demand-approve demand-reject demand-confirm-changes demand-take-down",
    ),
    (MODERATORS, "achievement", "achievements: listing_ask_owner"),
    (NOBODY, "achievement", "api: stale-listing-ask-owner"),  # it is not stale
    (MODERATORS, "report", "achievements: report_decide"),
    (MODERATORS, "report", "api: report-detail report-dismiss report-uphold"),
    (MODERATORS, "appeal", "achievements: appeal_decide api: appeal-decide"),
    (SIGNED_IN, "appeal", "api: appeal-detail"),
    (
        ADMINISTRATORS,
        "",
        """
        matching: exposure quality_details status dashboard duplicate_list
        achievements: stale_list report_list appeal_list
        accounts: audit_list
        api: duplicate-list match-quality-details match-quality-exposure statistics-dashboard
            status-summary report-list/get stale-listing-list
        """,
    ),
    (ADMINISTRATORS, "pair", "matching: duplicate_different api: duplicate-different"),
    # --- the pool --------------------------------------------------------------------------
    (CURATORS, "", "matching: unanswered_list achievements: expert_pool"),
    (
        CURATORS,
        "expert",
        """
        achievements: expert_admit expert_erase expert_duplicates expert_merge expert_record/post
        api: expert-admit expert-approve expert-reject expert-take-down expert-confirm-changes
            expert-duplicates expert-erase expert-merge expert-pool-record
        """,
    ),
    (
        PERSON,
        "expert expert_draft",
        """
        achievements: expert_update expert_record/get
        api: expert-detail/put expert-detail/patch expert-detail/delete
        """,
    ),
    (
        PERSON,
        "expert",
        """
        achievements: conflict_declare
        api: expert-submit expert-withdraw expert-close expert-renew expert-reopen
            expert-still-valid expert-appeal expert-history expert-quality expert-versions
            expert-version expert-restore-version expert-conflict expert-conflicts
        """,
    ),
    (PERSON, "conflict", "achievements: conflict_withdraw"),
    (PERSON, "expert", "api: expert-withdraw-conflict"),
    (CURATORS, "merger", "achievements: merger_undo"),
    (CURATORS, "expert", "api: expert-unmerge"),
    (CURATORS, "claim", "achievements: claim_decide api: expert-claim-decide"),
    (SIGNED_IN, "claim", "api: expert-claim-detail"),
    (SIGNED_IN, "unclaimed", "achievements: expert_claim api: expert-claim"),
    (CURATORS, "unclaimed", "achievements: expert_invite expert_invite_again"),
    (CURATORS, "unclaimed", "api: expert-invite expert-invitations expert-invite-again"),
    # --- matching --------------------------------------------------------------------------
    (CURATORS, "", "matching: panel_list panel_task weights_list"),
    (CURATORS, "", "api: panel-list scoring-weights-list match-proposable match-propose"),
    (CURATORS, "demand sealed", "matching: panel_create match_propose"),
    (
        CURATORS,
        "panel",
        """
        matching: panel_detail panel_act
        api: panel-detail panel-anew panel-approve panel-close panel-leave-out
        """,
    ),
    (
        CURATORS,
        "weights",
        """
        matching: weights_detail weights_activate
        api: scoring-weights-detail scoring-weights-activate scoring-weights-comparison
        """,
    ),
    (SIGNED_IN, "match", "matching: match_detail api: match-detail"),
    (EDITORS, "match", "matching: match_ask match_decide"),
    (EDITORS, "match", "api: match-accept match-dismiss match-snooze match-undo match-ask"),
    (EDITORS, "match", "api: match-reveal"),
    (SIGNED_IN, "question", "matching: question_detail/get api: question-detail"),
    (EDITORS, "question", "matching: question_detail/post api: question-answer"),
    (SIGNED_IN, "shortlisted", "api: shortlist-detail/get"),
    (OFFICE, "shortlisted", "matching: shortlist_note shortlist_remove"),
    (OFFICE, "shortlisted", "api: shortlist-detail/patch shortlist-detail/delete"),
    (POSTERS, "achievement draft sealed", "matching: listing_shortlist"),
    (OFFICE, "achievement draft", "api: shortlist-list/post"),  # for `home`
    # --- disclosures -----------------------------------------------------------------------
    (MEMBERS, "", "api: disclosure-list/post"),  # for `home`
    (SIGNED_IN, "disclosure", "achievements: disclosure_detail api: disclosure-detail"),
    (frozenset({"owner"}), "disclosure", "achievements: disclosure_update disclosure_answer"),
    (frozenset({"owner"}), "disclosure", "api: disclosure-answer"),
    (frozenset({"editor"}), "disclosure", "achievements: disclosure_ask disclosure_decide"),
    (frozenset({"editor"}), "disclosure", "achievements: disclosure_publish"),
    (frozenset({"editor"}), "disclosure", "api: disclosure-ask disclosure-decide"),
    (frozenset({"editor"}), "disclosure", "api: disclosure-make-listing"),
    # --- organisations ---------------------------------------------------------------------
    (
        OWNERS,
        "home waiting",
        """
        accounts: organisation_update document_add
        api: organisation-detail/patch organisation-logo organisation-documents/post
        """,
    ),
    (
        MODERATORS,
        "home waiting",
        """
        accounts: organisation_verify organisation_unverify organisation_decline
            organisation_direct_publishing
        api: organisation-verify organisation-unverify organisation-decline
            organisation-direct-publishing
        """,
    ),
    (OWNERS | ADMINISTRATORS, "home waiting", "accounts: organisation_audit"),
    (MEMBERS | ADMINISTRATORS, "home waiting", "accounts: member_list/get"),
    (OWNERS, "home waiting", "accounts: member_list/post"),
    (OWNERS, "home", "api: invitation-list/post organisation-remove-document"),
    (OWNERS | MODERATORS, "home", "api: organisation-documents/get organisation-download-document"),
    (MEMBERS, "home", "api: organisation-switch"),
    (SIGNED_IN, "document", "accounts: document_download"),
    (OWNERS, "document", "accounts: document_remove"),
    (SIGNED_IN, "member", "api: member-detail/get"),
    (OWNERS, "member", "accounts: member_role api: member-detail/patch"),
    (OWNERS | {"viewer"}, "member", "accounts: member_remove api: member-detail/delete"),
    (OWNERS, "invitation", "accounts: invitation_withdraw api: invitation-detail"),
    (NOBODY, "invitation", "accounts: invitation_accept_own"),  # it is for another address
    # --- deals -----------------------------------------------------------------------------
    (ANYONE - MEMBERS, "achievement", "deals: introduction_create"),
    (SIGNED_IN - MEMBERS, "achievement", "api: introduction-list/post"),
    (NOBODY, "draft", "deals: introduction_create"),
    (SIGNED_IN, "introduction", "deals: introduction_detail/get api: introduction-detail"),
    (POSTERS, "introduction", "deals: introduction_detail/post api: introduction-reply"),
    (MEMBERS | {"other"}, "", "deals: portfolio_view_create"),
    (MEMBERS, "", "api: portfolio-view-list/post"),  # for `home`
    (SIGNED_IN, "", "api: portfolio-act"),  # answers for each listing by itself
]


def rules_by_route() -> dict[str, list[tuple[frozenset[str], str]]]:
    """Route, or route and verb as ``name/verb``: who may, and the key of the object."""
    found: dict[str, list[tuple[frozenset[str], str]]] = {}
    for who, keys, routes in RULES:
        space = ""
        for word in routes.split():
            if word.endswith(":"):
                space = "" if word == "auth:" else word
                continue
            for key in keys.split() or [""]:
                found.setdefault(space + word, []).append((who, key))
    return found
