"""The project as an app: the place for what belongs to no noun."""

from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class ProjectConfig(AppConfig):
    """Makes the project's own checks run."""

    name = "config"


class CmsUsersConfig(WagtailUsersAppConfig):
    """The CMS's rooms for accounts, with forms that fit ours."""

    user_viewset = "accounts.views.cms.AccountViewSet"
