"""Editors write, moderators publish: the listings of the marketplace as well as the pages.

Rights on pages, pictures and documents come with the CMS. Nobody here gets a right on accounts.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LISTINGS = (
    ("organizations", "organization"),
    ("organizations", "need"),
    ("companies", "company"),
    ("events", "series"),
)
RIGHTS = {
    "Editors": ("add", "change", "view"),
    "Moderators": ("add", "change", "view", "publish"),
}


def _rights(apps: Apps):
    content_types = apps.get_model("contenttypes", "ContentType").objects
    permissions = apps.get_model("auth", "Permission").objects
    wanted = [
        (group, app, model, right)
        for group, rights in RIGHTS.items()
        for app, model in LISTINGS
        for right in rights
    ]
    wanted.append(("Moderators", "pages", "navigation", "change"))
    for group, app, model, right in wanted:
        kind, _created = content_types.get_or_create(app_label=app, model=model)
        permission, _created = permissions.get_or_create(
            content_type=kind,
            codename=f"{right}_{model}",
            defaults={"name": f"Can {right} {model}"},
        )
        yield apps.get_model("auth", "Group").objects.get_or_create(name=group)[0], permission


def give(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    for group, permission in _rights(apps):
        group.permissions.add(permission)


def take(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    for group, permission in _rights(apps):
        # The moderators' rights on organizations and needs are given elsewhere as well.
        if group.name == "Editors" or permission.content_type.app_label != "organizations":
            group.permissions.remove(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0002_first_pages"),
        ("organizations", "0002_moderation"),
        ("companies", "0001_initial"),
        ("events", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("wagtailadmin", "0006_formstate"),
    ]

    operations = [migrations.RunPython(give, take)]
