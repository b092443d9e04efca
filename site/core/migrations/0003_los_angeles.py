"""Los Angeles' areas, and the topics and skills to start from; editable in the CMS."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

#: slug, name, the Service Planning Area that stands for it on the map
AREAS = [
    ("central-la", "Central LA", 4),
    ("east-la", "East LA", 7),
    ("san-gabriel-valley", "San Gabriel Valley", 3),
    ("san-fernando-valley", "San Fernando Valley", 2),
    ("south-la", "South LA", 6),
    ("gateway-cities", "Gateway Cities", None),
    ("county-of-los-angeles", "County of Los Angeles", None),
    ("city-of-los-angeles", "City of Los Angeles", None),
    ("lausd", "LAUSD", None),
    ("westside", "Westside", 5),
    ("south-bay", "South Bay", 8),
    ("antelope-valley", "Antelope Valley", 1),
]
FOCUS_AREAS = [
    ("stem-digital-literacy", "STEM & digital literacy"),
    ("coding", "Coding"),
    ("robotics", "Robotics"),
    ("engineering", "Engineering"),
    ("math", "Math"),
    ("science", "Science"),
    ("environment", "Environment"),
    ("health", "Health"),
    ("arts-media", "Arts & media"),
    ("teaching-mentorship", "Teaching & mentorship"),
    ("college-readiness", "College readiness"),
    ("career-pathways", "Career pathways"),
    ("digital-access", "Digital access"),
    ("education-youth", "Education & youth"),
    ("community", "Community"),
]
SKILLS = [
    ("teaching", "Teaching"),
    ("mentoring", "Mentoring"),
    ("python", "Python"),
    ("web-development", "Web development"),
    ("robotics", "Robotics"),
    ("electronics", "Electronics"),
    ("data-analysis", "Data analysis"),
    ("design", "Design"),
    ("video", "Video"),
    ("marketing", "Marketing"),
    ("fundraising", "Fundraising"),
    ("grant-writing", "Grant writing"),
    ("project-management", "Project management"),
    ("it-support", "IT support"),
    ("finance", "Finance"),
    ("law", "Law"),
    ("spanish", "Spanish"),
]


def load(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    area = apps.get_model("core", "Area")
    for position, (slug, name, planning_area) in enumerate(AREAS):
        area.objects.create(slug=slug, name=name, position=position, planning_area=planning_area)
    focus_area = apps.get_model("core", "FocusArea")
    for position, (slug, name) in enumerate(FOCUS_AREAS):
        focus_area.objects.create(slug=slug, name=name, position=position)
    skill = apps.get_model("core", "Skill")
    for slug, name in SKILLS:
        skill.objects.create(slug=slug, name=name)


class Migration(migrations.Migration):
    dependencies = [("core", "0002_search_index")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
