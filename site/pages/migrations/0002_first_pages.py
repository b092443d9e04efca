"""The site as it opens: a home page with its plain pages, and the links that lead through it.

Everything here is an editor's to change afterwards. It takes the place of Wagtail's welcome page.
"""

import json
import uuid
from urllib.parse import urlsplit

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone
from django.utils.html import strip_tags

CONTACT = f"hello@{urlsplit(settings.BASE_URL).hostname}"

ABOUT = [
    "<p>Los Angeles County has hundreds of nonprofits, schools and colleges that teach science, "
    "technology, engineering and math, and thousands of companies whose people know these "
    "subjects by heart. They rarely meet. An after-school club looks for ten laptops while a "
    "storage room across town holds forty.</p>"
    "<p>This site is where the two find each other. Organizations say what they need, in numbers. "
    "Companies say what they can give: people, hours, equipment, software, money, a room. "
    "Everybody sees what came of it.</p>",
    "<h2>How it works</h2>"
    "<ol><li>An organization describes itself and what it needs. A person on our team reads it "
    "before it appears.</li>"
    "<li>A company pledges what it can. A pledge names a quantity and a need, so it can be "
    "kept and counted.</li>"
    "<li>The organization confirms what arrived. Only then does a progress bar move.</li>"
    "<li>Hours that volunteers log are approved by the organization that they helped, never by "
    "the volunteers themselves.</li>"
    "<li>On Mondays a short digest tells readers what is new in their area.</li></ol>",
    "<h2>What the numbers mean</h2>"
    "<p>Every figure here is counted from records on this site at the moment you look: needs that "
    "are open, organizations that were approved, hours that were approved, things that were "
    "confirmed as received. Nothing is estimated, and nothing is carried over from a press "
    "release.</p>",
    "<h2>Where the listings come from</h2>"
    "<p>Organizations list themselves. Some profiles began as public facts from open archives, "
    "with the source linked on the page; the organization can take such a profile over, correct "
    "it or have it removed. Entries marked as a demonstration are invented to show how the site "
    "works and stand for nobody real.</p>",
    f"<h2>Write to us</h2><p>Questions, corrections, ideas: {CONTACT}.</p>",
]
PRIVACY = [
    "<p>In short: we keep what is needed to connect people, show you all of it, and pass none of "
    "it on for advertising. There are no trackers on this site and it loads nothing from other "
    "companies' servers.</p>",
    "<h2>Reading without an account</h2>"
    "<p>You can read every public page without signing in and without a cookie. The web server "
    "writes an ordinary log of requests, which is used to keep the service running.</p>",
    "<h2>What we keep, and why</h2>"
    "<ul><li><b>Account:</b> your e-mail address, the name you give, your language and time zone, "
    "to sign you in and address you.</li>"
    "<li><b>Sign-ups:</b> your name and e-mail address for a date, so that the organizer knows who "
    "is coming and can reach you if something changes. Only the organizer and our team see them."
    "</li>"
    "<li><b>Hours:</b> date, minutes and organization, so that your time can be approved and "
    "counted. Totals are public; your entries are not.</li>"
    "<li><b>Memberships:</b> which organization or company you act for, and in which role.</li>"
    "<li><b>Digest:</b> your e-mail address and the areas and topics you chose. You are on the "
    "list only after you confirm by e-mail, and off it with one click.</li>"
    "<li><b>History:</b> who changed which listing and when, so that mistakes can be traced.</li>"
    "</ul>",
    "<h2>Cookies</h2>"
    "<p>Two, and only when you sign in or send a form: <i>sessionid</i> keeps you signed in, and "
    "<i>csrftoken</i> protects forms against forgery. Neither is read by anybody else.</p>",
    "<h2>Who else receives data</h2>"
    "<p>The organizer of a date that you sign up for receives your name and e-mail address. If the "
    "team sends the digest through a mail provider, that provider receives the addresses on the "
    "digest's list and nothing else. We sell nothing and share nothing for advertising.</p>",
    "<h2>Young people</h2>"
    "<p>Accounts are for adults. Organizations may not put students' names, pictures or contact "
    "details on public pages.</p>",
    "<h2>Your choices</h2>"
    "<p>When signed in, your own page lists your sign-ups and hours. Write to us to receive a copy "
    "of everything we hold about you, to correct it, or to have it erased. Approved hours stay in "
    f"the totals without your name. The address is {CONTACT}.</p>",
]
ACCESSIBILITY = [
    "<p>Everybody should be able to find a need, sign up for a date and read the digest, with any "
    "device and any way of using it. We build to the Web Content Accessibility Guidelines (WCAG) "
    "2.2, level AA.</p>",
    "<h2>What we do</h2>"
    "<ul><li>Every page works with the keyboard alone, with a visible focus and a link that skips "
    "to the content.</li>"
    "<li>Every page works without scripts; they only make it quicker.</li>"
    "<li>Text keeps its contrast in the light and in the dark theme, and pages hold together at "
    "200 percent zoom and on a screen 320 pixels wide.</li>"
    "<li>Progress is written in words beside the bar, and the map has a list beside it. Color "
    "alone never carries a meaning.</li>"
    "<li>Signing in asks for no puzzle.</li>"
    "<li>Animation stops if your system asks for less motion.</li></ul>",
    "<h2>How we check</h2>"
    "<p>Automatic checks look at the pages in both themes whenever the site changes, and the main "
    "paths are played by keyboard. Automatic checks find only a part of what can be wrong, so "
    "reports from people who use the site count most.</p>",
    "<h2>What is not there yet</h2>"
    "<p>Documents that organizations upload may not be accessible; ask us and we will get you the "
    "contents in another form. The editors' own screens come from a separate product and have not "
    "been checked to the same degree.</p>",
    "<h2>Tell us</h2>"
    f"<p>If something keeps you out, write to {CONTACT} and say which page it was. We answer "
    "within five working days.</p>",
]
# path under home, model, slug, title, summary, paragraphs
PAGES = [
    (
        "0001", "standardpage", "about", "About",
        "A meeting place for technology companies and the organizations that teach STEM in "
        "Los Angeles County.",
        ABOUT,
    ),
    (
        "0002", "storyindexpage", "stories", "Stories",
        "What came of it: who asked, who helped, and what is there now.",
        [],
    ),
    (
        "0003", "resourceindexpage", "resources", "Resources",
        "Guides and white papers for organizations that ask for help and for companies that give "
        "it.",
        [],
    ),
    (
        "0004", "standardpage", "privacy", "Privacy",
        "What this site keeps about you, why, and how to have it corrected or erased.",
        PRIVACY,
    ),
    (
        "0005", "standardpage", "accessibility", "Accessibility",
        "What we do so that everybody can use this site, and how to tell us where it fails.",
        ACCESSIBILITY,
    ),
]  # fmt: skip
# group, label, the path of an address or the slug of a page
LINKS = [
    ("header", "Needs", "/needs/"),
    ("header", "Events", "/events/"),
    ("header", "Organizations", "/organizations/"),
    ("header", "Companies", "/companies/"),
    ("header", "Stories", "stories"),
    ("footer_help", "Submit an organization", "/organizations/submit/"),
    ("footer_help", "Join as a company", "/companies/join/"),
    ("footer_help", "Get the Monday digest", "/newsletter/"),
    ("footer_learn", "About", "about"),
    ("footer_learn", "Stories", "stories"),
    ("footer_learn", "Resources", "resources"),
    ("footer_site", "Search", "/search/"),
    ("footer_site", "Privacy", "privacy"),
    ("footer_site", "Accessibility", "accessibility"),
]


def _content_type(apps: Apps, model: str):
    rows = apps.get_model("contenttypes", "ContentType").objects
    return rows.get_or_create(app_label="pages", model=model)[0]


def _body(paragraphs: list[str]) -> str:
    blocks = [{"type": "text", "value": text, "id": str(uuid.uuid4())} for text in paragraphs]
    return json.dumps(blocks)


def _make_findable(apps: Apps, page, words: str) -> None:
    apps.get_model("core", "SearchDocument").objects.create(
        kind="page", slug=str(page.pk), title=page.title, body=words, url=f"/{page.slug}/"
    )


def open_the_site(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    page_model = apps.get_model("wagtailcore", "Page")
    site_model = apps.get_model("wagtailcore", "Site")
    locale = apps.get_model("wagtailcore", "Locale").objects.get()
    now = timezone.now()
    page_model.objects.filter(depth=2, slug="home").delete()  # and the site that stands on it

    def fields(model: str, title: str, slug: str) -> dict[str, object]:
        return {
            "title": title,
            "draft_title": title,
            "slug": slug,
            "content_type": _content_type(apps, model),
            "locale": locale,
            "first_published_at": now,
            "last_published_at": now,
            "latest_revision_created_at": now,
        }

    home = apps.get_model("pages", "HomePage").objects.create(
        **fields("homepage", settings.SITE_NAME, "home"),
        path="00010001",
        depth=2,
        numchild=len(PAGES),
        url_path="/home/",
        sentence="Tech talent and tools for the people who teach STEM in Los Angeles.",
        summary=(
            "Nonprofits and schools say what they need. Companies give people, hours and "
            "equipment. Everyone sees what came of it."
        ),
        body="[]",
    )
    pages = {}
    for step, model, slug, title, summary, paragraphs in PAGES:
        pages[slug] = apps.get_model("pages", model).objects.create(
            **fields(model, title, slug),
            path=home.path + step,
            depth=3,
            numchild=0,
            url_path=f"/home/{slug}/",
            summary=summary,
            body=_body(paragraphs),
        )
        words = strip_tags(" ".join([summary, *paragraphs]).replace("><", "> <"))
        _make_findable(apps, pages[slug], words)
    address = urlsplit(settings.BASE_URL)
    site_model.objects.create(
        hostname=address.hostname or "localhost",
        port=address.port or (443 if address.scheme == "https" else 80),
        site_name=settings.SITE_NAME,
        root_page=home,
        is_default_site=True,
    )
    navigation = apps.get_model("pages", "Navigation").objects.create()
    items = apps.get_model("pages", "NavigationItem").objects
    for order, (group, label, target) in enumerate(LINKS):
        where = {"address": target} if target.startswith("/") else {"page": pages[target]}
        items.create(navigation=navigation, sort_order=order, group=group, label=label, **where)


def close_the_site(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    page_model = apps.get_model("wagtailcore", "Page")
    apps.get_model("core", "SearchDocument").objects.filter(kind="page").delete()
    apps.get_model("pages", "Navigation").objects.all().delete()
    page_model.objects.filter(path__startswith="00010001").delete()
    welcome = page_model.objects.create(
        title="Welcome to your new Wagtail site!",
        draft_title="Welcome to your new Wagtail site!",
        slug="home",
        content_type=apps.get_model("contenttypes", "ContentType").objects.get(
            app_label="wagtailcore", model="page"
        ),
        locale=apps.get_model("wagtailcore", "Locale").objects.get(),
        path="00010001",
        depth=2,
        numchild=0,
        url_path="/home/",
    )
    apps.get_model("wagtailcore", "Site").objects.create(
        hostname="localhost", root_page=welcome, is_default_site=True
    )


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0001_initial"),
        ("core", "0002_search_index"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(open_the_site, close_the_site)]
