"""Mailchimp: an audience kept in step, and one campaign an edition with blocks by area.

What each call must look like is Mailchimp's published description (Marketing API 3.0.80).
"""

import hashlib
import re
from datetime import datetime
from email.utils import parseaddr
from functools import cached_property
from typing import Any, Final

from django.conf import settings
from mailchimp_marketing.api.campaigns_api import CampaignsApi
from mailchimp_marketing.api.lists_api import ListsApi

from core.models import Area, FocusArea
from newsletter.channels.mailchimp_client import MailchimpClient, Refused
from newsletter.channels.port import ChannelDown, ChannelRefused, Member, Run, Standing
from newsletter.mail.issues import Issue, Links, compose
from newsletter.models import Cadence

AREAS: Final = "Areas"
TOPICS: Final = "Topics"
CADENCE: Final = "Digest"
ALL_AREAS: Final = "All areas"
ALL_TOPICS: Final = "All topics"
#: Mailchimp's own merge tags for what differs by reader.
_LINKS = Links(preferences="*|UPDATE_PROFILE|*", unsubscribe="*|UNSUB|*")
#: States of a campaign that was given out of hand: never to be sent again.
_GONE = frozenset({"schedule", "sending", "sent", "canceling"})
_MOST_ROWS = 1000


def configured() -> "Mailchimp":
    """The account and audience that the settings name."""
    client = MailchimpClient(settings.MAILCHIMP_API_KEY, url=settings.MAILCHIMP_URL)
    return Mailchimp(client, settings.MAILCHIMP_AUDIENCE_ID)


class Mailchimp:
    """An audience and its campaigns.

    Args:
        client: makes the calls.
        audience: the id of the audience ("list").
    """

    name = "mailchimp"
    keeps_audience = True

    def __init__(self, client: MailchimpClient, audience: str) -> None:
        self.audience = audience
        self.lists = ListsApi(client)
        self.campaigns = CampaignsApi(client)

    # --- The audience ---------------------------------------------------------------------

    def tell(self, member: Member) -> Standing:
        """Add or refresh a member. Never says "subscribed" over a "no" that stands there.

        A "no" of theirs that is older than the reader's own confirmation here is answered by
        `pending`: Mailchimp then asks the person itself, as its rules want.
        """
        address_hash = hashlib.md5(member.email.lower().encode(), usedforsecurity=False).hexdigest()
        facts = self._facts(member)
        if not member.wants_mail:
            no = {**facts, "status_if_new": "unsubscribed", "status": "unsubscribed"}
            self._put(address_hash, no)
            return Standing.UNSUBSCRIBED
        row = self._put(address_hash, {**facts, "status_if_new": "subscribed"})
        status = row.get("status", "")
        if status == "subscribed":
            return Standing.SUBSCRIBED
        if status in {"unsubscribed", "cleaned", "archived"} and _is_older(row, member):
            self._put(address_hash, {**facts, "status_if_new": "pending", "status": "pending"})
            return Standing.UNKNOWN
        known = {"unsubscribed": Standing.UNSUBSCRIBED, "cleaned": Standing.CLEANED}
        return known.get(status, Standing.UNKNOWN)

    def forget(self, address_hash: str) -> None:
        """Delete a member for good; one that is not there is forgotten already."""
        try:
            self.lists.delete_list_member_permanent(self.audience, address_hash)
        except Refused as refusal:
            if refusal.status != 404:
                raise

    def _put(self, address_hash: str, body: dict[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = self.lists.set_list_member(
            self.audience, address_hash, body, skip_merge_validation=True
        )
        return row

    def _facts(self, member: Member) -> dict[str, Any]:
        areas = {self._area_names[slug] for slug in member.areas if slug in self._area_names}
        topics = {self._topic_names[slug] for slug in member.topics if slug in self._topic_names}
        chosen = {
            AREAS: areas or {ALL_AREAS},
            TOPICS: topics or {ALL_TOPICS},
            CADENCE: {member.edition},
        }
        interests = {
            interest: name in chosen[category]
            for category, (_id, names) in self._groups.items()
            for name, interest in names.items()
        }
        return {
            "email_address": member.email,
            "email_type": "html",
            "merge_fields": {"FNAME": member.name[:100]},
            "interests": interests,
        }

    @cached_property
    def _area_names(self) -> dict[str, str]:
        return {area.slug: _group_name(area.name) for area in Area.objects.all()}

    @cached_property
    def _topic_names(self) -> dict[str, str]:
        return {topic.slug: _group_name(topic.name) for topic in FocusArea.objects.all()}

    @cached_property
    def _groups(self) -> dict[str, tuple[str, dict[str, str]]]:
        """Category -> its id and the ids of its interests by name; what is missing is made."""
        wanted = {
            AREAS: [ALL_AREAS, *self._area_names.values()],
            TOPICS: [ALL_TOPICS, *self._topic_names.values()],
            CADENCE: list(Cadence.values),
        }
        rows = self.lists.get_list_interest_categories(self.audience, count=_MOST_ROWS)
        there = {row["title"]: row["id"] for row in rows["categories"]}
        return {
            title: self._group(title, names, there.get(title)) for title, names in wanted.items()
        }

    def _group(
        self, title: str, names: list[str], category: str | None
    ) -> tuple[str, dict[str, str]]:
        if category is None:
            made = self.lists.create_list_interest_category(
                self.audience, {"title": title, "type": "hidden"}
            )
            category = str(made["id"])
        rows = self.lists.list_interest_category_interests(
            self.audience, category, count=_MOST_ROWS
        )
        ids: dict[str, str] = {row["name"]: row["id"] for row in rows["interests"]}
        for name in names:
            if name not in ids:
                made = self.lists.create_interest_category_interest(
                    self.audience, category, {"name": name}
                )
                ids[name] = made["id"]
        return category, ids

    # --- Campaigns ------------------------------------------------------------------------

    def send(self, issue: Issue, run: Run) -> None:
        """Create the campaign, fill it, have it checked, send it: each step at most once.

        The campaign's own status decides what is left to do, so that an answer that got lost
        at any step is read again and never guessed.
        """
        campaign = run.campaign_id or self._find(issue) or self._create(issue)
        run.remember(campaign)
        if self._status(campaign) in _GONE:
            return
        self.campaigns.set_content(campaign, self._content(issue))
        checklist = self.campaigns.get_send_checklist(campaign)
        if not checklist["is_ready"]:
            faults = [i["details"] for i in checklist["items"] if i["type"] == "error"]
            raise ChannelRefused("; ".join(faults))
        try:
            self.campaigns.send(campaign)
        except (ChannelDown, Refused) as error:
            # Perhaps it did go out. Ask; and if it did not, leave it to the next round.
            if self._status(campaign) not in _GONE:
                raise ChannelDown(f"sending was not confirmed: {error}") from error

    def _title(self, issue: Issue) -> str:
        return f"{settings.SITE_NAME} {issue.key}"

    def _find(self, issue: Issue) -> str | None:
        """A campaign made earlier whose creation was never answered."""
        found = self.campaigns.list(
            list_id=self.audience,
            count=_MOST_ROWS,
            sort_field="create_time",
            sort_dir="DESC",
            fields=["campaigns.id", "campaigns.settings.title"],
        )
        for row in found["campaigns"]:
            if row["settings"].get("title") == self._title(issue):
                return str(row["id"])
        return None

    def _create(self, issue: Issue) -> str:
        category, names = self._groups[CADENCE]
        name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
        body = {
            "type": "regular",
            "recipients": {
                "list_id": self.audience,
                "segment_opts": {
                    "match": "all",
                    "conditions": [
                        {
                            "condition_type": "Interests",
                            "field": f"interests-{category}",
                            "op": "interestcontains",
                            "value": [names[issue.edition]],
                        }
                    ],
                },
            },
            "settings": {
                "title": self._title(issue),
                "subject_line": _without_tags(issue.subject)[:150],
                "from_name": name[:100],
                "reply_to": address,
                "inline_css": False,
                "auto_footer": False,
            },
        }
        return str(self.campaigns.create(body)["id"])

    def _status(self, campaign: str) -> str:
        return str(self.campaigns.get(campaign, fields=["id", "status"])["status"])

    def _content(self, issue: Issue) -> dict[str, str]:
        plain = Issue(
            key=issue.key,
            name=issue.name,
            edition=issue.edition,
            subject=_without_tags(issue.subject),
            intro=_without_tags(issue.intro),
            url=issue.url,
            blocks=(),
        )
        blocks = [
            type(block)(
                **{
                    **vars(block),
                    "title": _without_tags(block.title),
                    "facts": _without_tags(block.facts),
                }
            )
            for block in issue.blocks
        ]
        words = compose(plain, blocks, _LINKS, marks=self._marks)
        return {"html": words.html, "plain_text": words.text}

    def _marks(self, areas: frozenset[str]) -> tuple[str, str]:
        """Mailchimp's conditional merge tags: shown to members of any of these groups."""
        names = sorted(self._area_names[slug] for slug in areas if slug in self._area_names)
        return f"*|INTERESTED:{AREAS}:{','.join([ALL_AREAS, *names])}|*", "*|END:INTERESTED|*"


def _is_older(row: dict[str, Any], member: Member) -> bool:
    """Whether what Mailchimp says is older than the reader's own confirmation here."""
    changed = row.get("last_changed")
    if not changed or member.confirmed_at is None:
        return False
    return datetime.fromisoformat(changed) < member.confirmed_at


def _group_name(name: str) -> str:
    """A name that can stand in a conditional merge tag."""
    return re.sub(r'[,:|*<>&"]+', " ", name).strip()


def _without_tags(text: str) -> str:
    """Words that people typed, with nothing in them that Mailchimp would take for a merge tag."""
    return text.replace("*|", "* |").replace("|*", "| *")
