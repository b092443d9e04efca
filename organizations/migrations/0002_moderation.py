"""Moderators decide about organizations and needs: their queue, and the rights they need for it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GROUP = "Moderators"
WORKFLOW = "Marketplace moderation"
RIGHTS = ("add", "change", "publish", "view")


def give(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    content_type = apps.get_model("contenttypes", "ContentType")
    workflow, created = apps.get_model("wagtailcore", "Workflow").objects.get_or_create(
        name=WORKFLOW, defaults={"active": True}
    )
    if created:
        task = apps.get_model("wagtailcore", "GroupApprovalTask").objects.create(
            name="A moderator reads it",
            active=True,
            content_type=content_type.objects.get_or_create(
                app_label="wagtailcore", model="groupapprovaltask"
            )[0],
        )
        task.groups.add(group)
        apps.get_model("wagtailcore", "WorkflowTask").objects.create(
            workflow=workflow, task=task, sort_order=0
        )
    for model in ("organization", "need"):
        kind, _created = content_type.objects.get_or_create(app_label="organizations", model=model)
        apps.get_model("wagtailcore", "WorkflowContentType").objects.get_or_create(
            content_type=kind, defaults={"workflow": workflow}
        )
        for right in RIGHTS:
            permission, _created = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=kind,
                codename=f"{right}_{model}",
                defaults={"name": f"Can {right} {model}"},
            )
            group.permissions.add(permission)


def take(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("wagtailcore", "WorkflowContentType").objects.filter(
        content_type__app_label="organizations"
    ).delete()
    apps.get_model("auth", "Group").permissions.through.objects.filter(
        group__name=GROUP, permission__content_type__app_label="organizations"
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailadmin", "0006_formstate"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, take)]
