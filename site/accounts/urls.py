"""The signed-in person's own doors."""

from django.urls import path

from accounts.views import account, corner, invitations

app_name = "accounts"

urlpatterns = [
    path("me/corner/", corner.corner, name="corner"),
    path("me/account/", account.account, name="account"),
    path("me/account/data.json", account.data, name="data"),
    path("me/account/close/", account.close, name="close"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
]
