"""Page routes of `accounts`, named `accounts:<noun>_<action>`."""

from django.urls import path

from accounts.views import (
    account,
    audit,
    documents,
    mailbox,
    members,
    notifications,
    organisations,
    verification,
)

app_name = "accounts"

_organisation = "organisations/<slug:slug>/"

urlpatterns = [
    path("organisations/", organisations.OrganisationList.as_view(), name="organisation_list"),
    path(
        "organisations/new/", organisations.OrganisationCreate.as_view(), name="organisation_create"
    ),
    path(
        "organisations/switch/",
        organisations.OrganisationSwitch.as_view(),
        name="organisation_switch",
    ),
    path(
        "organisations/queue/",
        verification.OrganisationQueue.as_view(),
        name="organisation_queue",
    ),
    path(_organisation, organisations.OrganisationDetail.as_view(), name="organisation_detail"),
    path(
        f"{_organisation}edit/",
        organisations.OrganisationUpdate.as_view(),
        name="organisation_update",
    ),
    path(f"{_organisation}logo/", organisations.organisation_logo, name="organisation_logo"),
    path(
        f"{_organisation}verify/",
        verification.OrganisationVerify.as_view(),
        name="organisation_verify",
    ),
    path(
        f"{_organisation}unverify/",
        verification.OrganisationUnverify.as_view(),
        name="organisation_unverify",
    ),
    path(
        f"{_organisation}decline/",
        documents.OrganisationDecline.as_view(),
        name="organisation_decline",
    ),
    path(f"{_organisation}documents/", documents.DocumentAdd.as_view(), name="document_add"),
    path(
        f"{_organisation}documents/<int:pk>/remove/",
        documents.DocumentRemove.as_view(),
        name="document_remove",
    ),
    path("documents/<int:pk>/", documents.document_download, name="document_download"),
    path(
        f"{_organisation}direct-publishing/",
        verification.OrganisationDirectPublishing.as_view(),
        name="organisation_direct_publishing",
    ),
    path(
        f"{_organisation}audit/", audit.OrganisationAuditList.as_view(), name="organisation_audit"
    ),
    path(f"{_organisation}members/", members.MemberList.as_view(), name="member_list"),
    path(
        f"{_organisation}members/<int:pk>/role/", members.MemberRole.as_view(), name="member_role"
    ),
    path(
        f"{_organisation}members/<int:pk>/remove/",
        members.MemberRemove.as_view(),
        name="member_remove",
    ),
    path(
        f"{_organisation}invitations/<int:pk>/withdraw/",
        members.InvitationWithdraw.as_view(),
        name="invitation_withdraw",
    ),
    path("invitations/", members.invitation_list, name="invitation_list"),
    path(
        "invitations/<int:pk>/accept/",
        members.InvitationAcceptOwn.as_view(),
        name="invitation_accept_own",
    ),
    path(
        "invitations/by-link/<str:secret>/",
        members.InvitationAccept.as_view(),
        name="invitation_accept",
    ),
    path("preferences/", account.Preferences.as_view(), name="preferences"),
    path("tokens/", account.TokenList.as_view(), name="token_list"),
    path("tokens/<int:pk>/revoke/", account.TokenRevoke.as_view(), name="token_revoke"),
    path("notifications/", notifications.NotificationList.as_view(), name="notification_list"),
    path(
        "notifications/read/",
        notifications.NotificationReadAll.as_view(),
        name="notification_read_all",
    ),
    path("notifications/<int:pk>/", notifications.notification_open, name="notification_open"),
    path(
        "notifications/<int:pk>/read/",
        notifications.NotificationRead.as_view(),
        name="notification_read",
    ),
    path("unsubscribe/<str:token>/", notifications.Unsubscribe.as_view(), name="unsubscribe"),
    path("audit/", audit.AuditList.as_view(), name="audit_list"),
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", mailbox.mailbox_message, name="mailbox_message"),
    path("mailbox/<int:pk>/html/", mailbox.mailbox_html, name="mailbox_html"),
]
