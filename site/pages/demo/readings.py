"""Two fictional stories, and three short guides that are of use as they stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from organizations.models import Organization
from pages.models import ResourceIndexPage, ResourcePage, StoryIndexPage, StoryPage

Audience = ResourcePage.Audience


@dataclass(frozen=True, slots=True)
class Story:
    """What came of something that never happened."""

    slug: str
    title: str
    host: str
    days_ago: int
    summary: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """Advice for one side."""

    slug: str
    title: str
    audience: str
    days_ago: int
    summary: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]


STORIES = (
    Story(
        "the-first-eight-laptops-fictional",
        "The first eight laptops (fictional)",
        "sample-valley-robotics-club-fictional",
        9,
        "A club that does not exist asked for twenty laptops. Eight have arrived, and the students "
        "who are not there have stopped sharing screens.",
        (
            (
                "Two students to a screen means that one of them types. The club wrote that down "
                "as its need, with a number and a date, and a company that makes satellites on "
                "paper pledged twelve machines out of its last exchange."
            ),
            (
                "Eight came in the first van. The club counted them at the door and confirmed "
                "what it counted, so the bar shows eight and not twelve: four are promised and "
                "not here yet."
            ),
            "What is still open is open for anybody else.",
        ),
    ),
    Story(
        "wednesdays-by-the-pier-fictional",
        "Wednesdays by the pier (fictional)",
        "pretend-harbor-coding-lab-fictional",
        23,
        "Volunteers of an invented company teach Python on a pretended pier, and every hour they "
        "gave was confirmed by those who received it.",
        (
            (
                "The lab asked for sixty hours of lessons. It did not ask for sixty people: the "
                "same few faces every Wednesday are worth more to a beginner than a crowd once."
            ),
            (
                "The volunteers write their hours down after each evening, and the lab says yes "
                "to each entry or says why not. The company's report at the end of the quarter is"
                " that list, and nobody has to remember anything."
            ),
        ),
    ),
)

GUIDES = (
    Guide(
        "how-to-write-an-ask-that-gets-answered",
        "How to write an ask that gets answered",
        Audience.ORGANIZATIONS,
        12,
        "A number, a date and one sentence on why: what a company needs to say yes.",
        (
            (
                "Ask for a thing, not for support",
                (
                    (
                        "“20 laptops that run a browser” can be pledged this afternoon. "
                        "“Technology support” needs a meeting first, and most readers do not have"
                        " one to give."
                    ),
                ),
            ),
            (
                "Say when it stops being useful",
                (
                    (
                        "A date is not pressure. It tells a company which quarter to plan for, "
                        "and it takes the need off the list when it no longer helps."
                    ),
                ),
            ),
            (
                "Split what can be split",
                (
                    (
                        "Three hundred hours frighten people. Ten Tuesdays of two hours, for "
                        "three people, is the same work and somebody can picture it."
                    ),
                ),
            ),
            (
                "Confirm what came",
                (
                    (
                        "Count at the door and confirm the count the same day. It is the "
                        "company's receipt, and the next reader sees that help arrives here."
                    ),
                ),
            ),
        ),
    ),
    Guide(
        "a-first-day-with-company-volunteers",
        "A first day with company volunteers",
        Audience.ORGANIZATIONS,
        40,
        "What to prepare so that ten people from an office are a help and not a visit.",
        (
            (
                "Before",
                (
                    (
                        "Write one page: where to park, whom to ask for, what to wear, what to "
                        "bring, and what nobody may do, such as being alone with a student."
                    ),
                    (
                        "Choose work that can be finished. A shelf of repaired machines is "
                        "remembered longer than a morning of watching."
                    ),
                ),
            ),
            (
                "On the day",
                (
                    (
                        "Greet by name, from the roster. Start with ten minutes about your "
                        "students, then the work, then ten minutes about what it was for."
                    ),
                ),
            ),
            (
                "After",
                (
                    (
                        "Approve the hours within the week and say what comes next. People who "
                        "leave with a second date come back."
                    ),
                ),
            ),
        ),
    ),
    Guide(
        "from-pledge-to-delivery",
        "From pledge to delivery",
        Audience.COMPANIES,
        30,
        "How to promise what will arrive, and how to show it in a report.",
        (
            (
                "Pledge what you hold",
                (
                    (
                        "A pledge is read by a teacher as a plan. Promise the machines that are "
                        "in the storage room, and offer the next batch when it is there."
                    ),
                ),
            ),
            (
                "Name one person",
                (
                    (
                        "One name and one address for questions. A shared mailbox is fine as long"
                        " as somebody reads it within two days."
                    ),
                ),
            ),
            (
                "Deliver in parts if you must",
                (
                    (
                        "Schedule each part with its day. The organization confirms each one, and"
                        " the report follows what was confirmed."
                    ),
                ),
            ),
        ),
    ),
)


def load(*, now: datetime) -> None:
    """Publish what is missing; nothing where an editor took the lists away."""
    if stories := StoryIndexPage.objects.first():
        for story in STORIES:
            _publish(stories, _story(story, now=now))
    if resources := ResourceIndexPage.objects.first():
        for guide in GUIDES:
            _publish(resources, _guide(guide, now=now))


def _publish(index: StoryIndexPage | ResourceIndexPage, page: StoryPage | ResourcePage) -> None:
    if index.get_children().filter(slug=page.slug).exists():
        return
    index.add_child(instance=page)
    page.save_revision().publish()


def _story(story: Story, *, now: datetime) -> StoryPage:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in story.paragraphs)
    return StoryPage(
        title=story.title,
        slug=story.slug,
        summary=story.summary,
        published_on=(now - timedelta(days=story.days_ago)).date(),
        organization=Organization.objects.filter(slug=story.host).first(),
        is_demonstration=True,
        body=[("text", text)],
    )


def _guide(guide: Guide, *, now: datetime) -> ResourcePage:
    text = "".join(
        f"<h2>{heading}</h2>" + "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        for heading, paragraphs in guide.sections
    )
    return ResourcePage(
        title=guide.title,
        slug=guide.slug,
        summary=guide.summary,
        audience=guide.audience,
        published_on=(now - timedelta(days=guide.days_ago)).date(),
        body=[("text", text)],
    )
