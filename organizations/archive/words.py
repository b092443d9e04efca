"""What the archive's words mean in ours. What fits nothing here is reported, never guessed."""

import re

from core.vocabulary import Kind

#: How an area was written, in lower case and without what stood in brackets.
AREAS = {
    "central la": "central-la",
    "east la": "east-la",
    "san gabriel valley": "san-gabriel-valley",
    "sgv": "san-gabriel-valley",
    "san fernando valley": "san-fernando-valley",
    "sfv": "san-fernando-valley",
    "south la": "south-la",
    "gateway cities": "gateway-cities",
    "county of los angeles": "county-of-los-angeles",
    "los angeles county": "county-of-los-angeles",
    "la county": "county-of-los-angeles",
    "all of la county": "county-of-los-angeles",
    "city of los angeles": "city-of-los-angeles",
    "city of la": "city-of-los-angeles",
    "lausd": "lausd",
    "los angeles unified school district": "lausd",
    "all of the los angeles unified school district": "lausd",
    "westside": "westside",
    "south bay": "south-bay",
    "antelope valley": "antelope-valley",
}

#: What was asked for, in lower case, without what stood in brackets.
HELP = {
    "money": Kind.FUNDING,
    "volunteers": Kind.VOLUNTEERS,
    "volunteers/staff": Kind.VOLUNTEERS,
    "staff": Kind.VOLUNTEERS,
    "advisors/board members": Kind.BOARD,
    "publicity/awareness": Kind.MARKETING,
    "technical infrastructure": Kind.HARDWARE,
    "infrastructure": Kind.SPACE,
    "education/training": Kind.TRAINING,
    "community outreach": Kind.OUTREACH,
    "network/relationship support": Kind.NETWORK,
    "quality improvement research": Kind.RESEARCH,
}

#: The archive's topics that have a focus area here; the others have none.
TOPICS = {
    "stem & digital literacy": "stem-digital-literacy",
    "teaching & mentorship": "teaching-mentorship",
    "education & youth": "education-youth",
    "early childhood": "education-youth",
    "college prep": "college-readiness",
    "workforce development": "career-pathways",
    "income & employment": "career-pathways",
    "art": "arts-media",
    "arts & cultural vitality": "arts-media",
    "creative economy": "arts-media",
    "environmental quality & sustainability": "environment",
    "climate change": "environment",
    "air & water": "environment",
    "resiliency": "environment",
    "health": "health",
    "community health": "health",
    "mental & emotional health": "health",
    "social connectedness": "community",
    "community gatherings": "community",
    "volunteerism": "community",
    "voting & civic engagement": "community",
}

#: How the archive names the kind of applicant, and ours.
ORGANIZATION_KINDS = {
    "nonprofit": "nonprofit",
    "a fiscally sponsored group": "nonprofit",
    "government": "agency",
    "for profit business": "business",
    "social enterprise or bcorps": "business",
    "social enterprise or b-corps": "business",
    "other": "other",
    "individual": "other",
}

#: Answers that say nothing.
NOTHING_SAID = frozenset({"", "n/a", "na", "none", "etc"})

_BRACKETS = re.compile(r"\(.*?(\)|$)", re.DOTALL)
_OTHER = re.compile(r"^other:+\s*", re.IGNORECASE)
#: A spelling may be a list, or an area with its neighborhoods after a colon or a dash.
_PARTS = re.compile(r"[;,:]|\s[-–]\s")


def plain(written: str) -> str:
    """In lower case, without what stood in brackets and without a stray end of a bracket."""
    return _BRACKETS.sub("", _OTHER.sub("", written.strip())).strip(" .)").lower()


def areas(written: str) -> tuple[frozenset[str], bool]:
    """The area slugs that a spelling names, and whether they are all that it says.

    Only names are read, whole or as parts of a list; a sentence that mentions an area is
    not taken at its word.
    """
    whole = plain(written)
    if whole in AREAS:
        return frozenset({AREAS[whole]}), True
    if whole in NOTHING_SAID:
        return frozenset(), True
    parts = [part.strip() for part in _PARTS.split(whole)]
    return frozenset(AREAS[part] for part in parts if part in AREAS), all(
        part in AREAS for part in parts
    )


def help_asked(written: str) -> Kind | None:
    """The kind of need that an answer names, or none where it says nothing.

    Raises:
        LookupError: if it says something that no kind stands for.
    """
    asked = plain(written)
    if asked in NOTHING_SAID:
        return None
    return HELP[asked]
