"""Page routes of `achievements`, named `achievements:<noun>_<action>`."""

from django.contrib.sitemaps.views import index, sitemap
from django.urls import URLPattern, URLResolver, path

from achievements.views import (
    actions,
    applying,
    attachments,
    detail,
    disclosures,
    editing,
    experts,
    feeds,
    import_choosing,
    import_fixing,
    importing,
    lists,
    moderation,
    one_pager,
    pool,
    proposals,
    quality,
    reveals,
    reviewing,
    stale,
    versions,
    wizard,
)
from achievements.views.home import HomeView
from achievements.views.renewal import renew_by_link

app_name = "achievements"

SITEMAPS = {"listings": feeds.ListingSitemap}

urlpatterns: list[URLPattern | URLResolver] = [
    path("", HomeView.as_view(), name="home"),
    path("robots.txt", feeds.robots, name="robots"),
    path(
        "sitemap.xml",
        index,
        {"sitemaps": SITEMAPS, "sitemap_url_name": "achievements:sitemap_section"},
        name="sitemap",
    ),
    path("sitemap-<section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap_section"),
    # --- achievements
    path("achievements/", lists.AchievementListView.as_view(), name="achievement_list"),
    path("achievements/new/", editing.AchievementEditView.as_view(), name="achievement_create"),
    path(
        "achievements/<int:pk>/", detail.AchievementDetailView.as_view(), name="achievement_detail"
    ),
    path("achievements/<int:pk>/verify/", reviewing.readiness_verify, name="achievement_verify"),
    path(
        "achievements/<int:pk>/edit/",
        editing.AchievementEditView.as_view(),
        name="achievement_update",
    ),
    # --- demands
    path("demands/", lists.DemandListView.as_view(), name="demand_list"),
    path("demands/new/", editing.DemandEditView.as_view(), name="demand_create"),
    path("demands/wizard/", wizard.WizardTextView.as_view(), name="demand_wizard"),
    path("demands/<int:pk>/wizard/text/", wizard.WizardTextView.as_view(), name="wizard_text"),
    path(
        "demands/<int:pk>/wizard/requirements/",
        wizard.WizardRowsView.as_view(),
        name="wizard_requirements",
    ),
    path(
        "demands/<int:pk>/wizard/questions/",
        wizard.WizardQuestionsView.as_view(),
        name="wizard_questions",
    ),
    path("demands/<int:pk>/wizard/check/", wizard.WizardCheckView.as_view(), name="wizard_check"),
    path("demands/<int:pk>/", detail.DemandDetailView.as_view(), name="demand_detail"),
    path("demands/<int:pk>/reveals/", reveals.reveal_list, name="reveal_list"),
    path("demands/<int:pk>/reveals/<int:reveal_pk>/end/", reveals.reveal_end, name="reveal_end"),
    path("demands/<int:pk>/edit/", editing.DemandEditView.as_view(), name="demand_update"),
    # --- experts
    path("experts/", lists.ExpertListView.as_view(), name="expert_list"),
    path("experts/new/", applying.ExpertEditView.as_view(), name="expert_create"),
    path("experts/pool/", experts.ExpertPoolView.as_view(), name="expert_pool"),
    path("experts/accept/<str:token>/", experts.expert_accept, name="expert_accept"),
    path("experts/<int:pk>/", detail.ExpertDetailView.as_view(), name="expert_detail"),
    path("experts/<int:pk>/edit/", applying.ExpertEditView.as_view(), name="expert_update"),
    path("experts/<int:pk>/admit/", experts.expert_admit, name="expert_admit"),
    path("experts/<int:pk>/claim/", experts.expert_claim, name="expert_claim"),
    path("experts/<int:pk>/invite/", experts.expert_invite, name="expert_invite"),
    path(
        "experts/<int:pk>/invitations/<int:invitation>/resend/",
        experts.expert_invite_again,
        name="expert_invite_again",
    ),
    path("experts/<int:pk>/record/", pool.expert_record, name="expert_record"),
    path("experts/<int:pk>/erase/", pool.expert_erase, name="expert_erase"),
    path("experts/<int:pk>/conflicts/", pool.conflict_declare, name="conflict_declare"),
    path("experts/conflicts/<int:pk>/withdraw/", pool.conflict_withdraw, name="conflict_withdraw"),
    path("experts/mergers/<int:pk>/undo/", pool.merger_undo, name="merger_undo"),
    path("experts/<int:pk>/duplicates/", experts.expert_duplicates, name="expert_duplicates"),
    path("experts/<int:pk>/merge/<int:other>/", experts.expert_merge, name="expert_merge"),
    path("experts/claims/<int:pk>/", experts.claim_decide, name="claim_decide"),
    # --- every kind
    path("listings/", lists.ListingListView.as_view(), name="listing_list"),
    path("listings/review/", lists.ModerationQueueView.as_view(), name="moderation_queue"),
    path("listings/proposals/<slug:kind>/", proposals.proposal_list, name="proposal_list"),
    path("listings/quality/<slug:kind>/", quality.quality_judge, name="quality_judge"),
    path("listings/renew/<str:token>/", renew_by_link, name="listing_renew_by_link"),
    path("listings/<int:pk>/discard/", actions.listing_discard, name="listing_discard"),
    path("listings/<int:pk>/approve/", reviewing.listing_approve, name="listing_approve"),
    path("listings/<int:pk>/reject/", reviewing.listing_reject, name="listing_reject"),
    path(
        "listings/<int:pk>/confirm-changes/",
        reviewing.listing_confirm_changes,
        name="listing_confirm_changes",
    ),
    path("listings/<int:pk>/take-down/", reviewing.listing_take_down, name="listing_take_down"),
    path("listings/stale/", stale.StaleListView.as_view(), name="stale_list"),
    path("listings/<int:pk>/ask-owner/", stale.listing_ask_owner, name="listing_ask_owner"),
    path(
        "listings/<int:pk>/still-valid/",
        stale.listing_still_valid,
        name="listing_still_valid",
    ),
    path("listings/<int:pk>/report/", moderation.listing_report, name="listing_report"),
    path("listings/<int:pk>/appeal/", moderation.listing_appeal, name="listing_appeal"),
    path("listings/reports/", moderation.ReportListView.as_view(), name="report_list"),
    path("listings/reports/<int:pk>/", moderation.report_decide, name="report_decide"),
    path("listings/appeals/", moderation.AppealListView.as_view(), name="appeal_list"),
    path("listings/appeals/<int:pk>/", moderation.appeal_decide, name="appeal_decide"),
    path("listings/<int:pk>/one-pager/", one_pager.one_pager, name="one_pager"),
    path("listings/<int:pk>/one-pager/make/", one_pager.one_pager_make, name="one_pager_make"),
    path("listings/<int:pk>/one-pager/pdf/", one_pager.one_pager_pdf, name="one_pager_pdf"),
    path("listings/<int:pk>/changes/", versions.listing_changes, name="listing_changes"),
    path("listings/<int:pk>/versions/", versions.version_list, name="version_list"),
    path("listings/<int:pk>/versions/compare/", versions.version_compare, name="version_compare"),
    path(
        "listings/<int:pk>/versions/<int:number>/restore/",
        versions.version_restore,
        name="version_restore",
    ),
    path("listings/<int:pk>/files/new/", attachments.attachment_create, name="attachment_create"),
    path("listings/<int:pk>/<slug:verb>/", actions.listing_transition, name="listing_transition"),
    path("files/<int:pk>/", attachments.attachment_download, name="attachment_download"),
    path("files/<int:pk>/edit/", attachments.attachment_update, name="attachment_update"),
    path("files/<int:pk>/delete/", attachments.attachment_delete, name="attachment_delete"),
    # --- disclosures
    path("disclosures/", disclosures.DisclosureListView.as_view(), name="disclosure_list"),
    path("disclosures/new/", disclosures.disclosure_edit, name="disclosure_create"),
    path("disclosures/<int:pk>/", disclosures.disclosure_detail, name="disclosure_detail"),
    path("disclosures/<int:pk>/edit/", disclosures.disclosure_edit, name="disclosure_update"),
    path("disclosures/<int:pk>/ask/", disclosures.disclosure_ask, name="disclosure_ask"),
    path("disclosures/<int:pk>/answer/", disclosures.disclosure_answer, name="disclosure_answer"),
    path("disclosures/<int:pk>/decide/", disclosures.disclosure_decide, name="disclosure_decide"),
    path("disclosures/<int:pk>/list/", disclosures.disclosure_publish, name="disclosure_publish"),
    # --- import
    path("listings/import/", importing.ImportCreate.as_view(), name="listing_import"),
    path("imports/<int:pk>/", importing.ImportDetail.as_view(), name="import_detail"),
    path("imports/<int:pk>/confirm/", importing.ImportConfirm.as_view(), name="import_confirm"),
    path("imports/<int:pk>/columns/", import_fixing.import_columns, name="import_columns"),
    path("imports/<int:pk>/fix/", import_fixing.import_fix, name="import_fix"),
    path(
        "imports/<int:pk>/duplicates/",
        import_choosing.import_duplicates,
        name="import_duplicates",
    ),
    path("imports/<int:pk>/refused/", import_fixing.import_refused, name="import_refused"),
    path("imports/<int:pk>/undo/", import_fixing.import_undo, name="import_undo"),
    path("imports/<int:pk>/cancel/", importing.ImportCancel.as_view(), name="import_cancel"),
]
