"""A stand-in for Mailchimp's Marketing API 3.0 that refuses what its published description does.

It speaks HTTP on a port of its own and keeps one audience. The rules (required fields, types,
allowed words, states) follow the OpenAPI description that Mailchimp publishes for 3.0.80 and the
errors its documentation lists; a request that breaks one gets the problem document of the real
service, never a shrug.

    with MailchimpFake() as fake:
        fake.faults["POST /campaigns"] = ["lost"]     # done, but the answer never arrives
"""

import base64
import hashlib
import json
import re
import socket
import threading
from collections import defaultdict
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = "0123456789abcdef0123456789abcdef-us1"
AUDIENCE = "a6b5da1054"

MEMBER_STATES = {"subscribed", "unsubscribed", "cleaned", "pending", "transactional"}

#: Field -> its JSON type, the words it allows (if it does not allow all), whether it must be there.
Rules = dict[str, tuple[type | tuple[type, ...], set[str] | None, bool]]
MEMBER: Rules = {
    "email_address": (str, None, True),
    "status_if_new": (str, MEMBER_STATES, True),
    "status": (str, MEMBER_STATES, False),
    "email_type": (str, {"html", "text"}, False),
    "merge_fields": (dict, None, False),
    "interests": (dict, None, False),
    "language": (str, None, False),
    "vip": (bool, None, False),
    "timestamp_opt": (str, None, False),
    "timestamp_signup": (str, None, False),
}
CAMPAIGN: Rules = {
    "type": (str, {"regular", "plaintext", "absplit", "rss", "variate"}, True),
    "recipients": (dict, None, False),
    "settings": (dict, None, False),
    "tracking": (dict, None, False),
    "content_type": (str, {"template", "multichannel"}, False),
}
RECIPIENTS: Rules = {"list_id": (str, None, True), "segment_opts": (dict, None, False)}
SEGMENT: Rules = {"match": (str, {"any", "all"}, False), "conditions": (list, None, False)}
CONDITION: Rules = {
    "condition_type": (str, {"Interests"}, True),
    "field": (str, None, True),
    "op": (str, {"interestcontains", "interestcontainsall", "interestnotcontains"}, True),
    "value": (list, None, True),
}
SETTINGS: Rules = {
    "title": (str, None, False),
    "subject_line": (str, None, False),
    "preview_text": (str, None, False),
    "from_name": (str, None, False),
    "reply_to": (str, None, False),
    "to_name": (str, None, False),
    "inline_css": (bool, None, False),
    "auto_footer": (bool, None, False),
}
CONTENT: Rules = {"html": (str, None, False), "plain_text": (str, None, False)}
CATEGORY: Rules = {
    "title": (str, None, True),
    "type": (str, {"checkboxes", "dropdown", "radio", "hidden"}, True),
    "display_order": (int, None, False),
}
INTEREST: Rules = {"name": (str, None, True), "display_order": (int, None, False)}


class Problem(Exception):
    """An answer as `application/problem+json`."""

    def __init__(self, status: int, title: str, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.document = {
            "type": "https://mailchimp.com/developer/marketing/docs/errors/",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": "995c5cb0-3280-4a6e-808b-3b096d0bb219",
            **more,
        }


def check(body: Any, rules: Rules, where: str = "") -> None:
    """Refuse a document that does not fit, as the real service does: all faults at once."""
    if not isinstance(body, dict):
        raise Problem(400, "Invalid Resource", "The body is not a JSON object.")
    errors = []
    for name, (kind, words, must) in rules.items():
        field = f"{where}{name}"
        if name not in body:
            if must:
                errors.append({"field": field, "message": "This value should not be blank."})
        elif not isinstance(body[name], kind) or (kind is int and isinstance(body[name], bool)):
            errors.append({"field": field, "message": f"Schema describes {kind}."})
        elif words is not None and body[name] not in words:
            errors.append({"field": field, "message": "The value is not one of those allowed."})
    errors += [
        {"field": f"{where}{name}", "message": "Extra field."}
        for name in body.keys() - rules.keys()
    ]
    if errors:
        detail = "The resource submitted could not be validated."
        raise Problem(400, "Invalid Resource", detail, errors=errors)


class MailchimpFake:
    """One account with one audience, on a port of this machine."""

    def __init__(self) -> None:
        self.members: dict[str, dict[str, Any]] = {}
        self.forgotten: set[str] = set()
        self.categories: dict[str, dict[str, Any]] = {}
        self.campaigns: dict[str, dict[str, Any]] = {}
        #: "POST /campaigns" and the like, in the order in which they were done or refused.
        self.calls: list[str] = []
        #: What goes wrong with the next calls of a kind: 429, 403, 500, 503, hang, half, lost.
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.deliveries: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        fake = self

        class Door(_Door):
            owner = fake

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/3.0"

    def __enter__(self) -> Self:
        """Start answering."""
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop, and let go of whoever still hangs."""
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # --- What tests ask -------------------------------------------------------------------

    def member(self, email: str) -> dict[str, Any]:
        """The member with that address."""
        return self.members[hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()]

    def groups_of(self, email: str) -> set[str]:
        """The names of the interests that a member is in, as `Category: Name`."""
        chosen = self.member(email)["interests"]
        return {
            f"{category['title']}: {interest['name']}"
            for category in self.categories.values()
            for interest in category["interests"].values()
            if chosen.get(interest["id"])
        }

    def mail_to(self, email: str) -> str:
        """What the member reads: the campaign with its conditional tags worked out."""
        campaign = next(c for to, c in reversed(self.deliveries) if to == email)
        groups = self.groups_of(email)

        def shown(found: re.Match[str]) -> str:
            names = {f"{found[1]}: {name}" for name in found[2].split(",")}
            return found[3] if names & groups else ""

        pattern = r"\*\|INTERESTED:([^:]+):([^|]+)\|\*(.*?)\*\|END:INTERESTED\|\*"
        html = self.campaigns[campaign]["content"]["html"]
        return re.sub(pattern, shown, html, flags=re.DOTALL)

    # --- What the service does ------------------------------------------------------------

    def put_member(self, address_hash: str, body: Any) -> dict[str, Any]:
        check(body, MEMBER)
        email = body["email_address"]
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            raise Problem(400, "Invalid Resource", "Please provide a valid email address.")
        if hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest() != address_hash:
            raise Problem(400, "Invalid Resource", "The hash is not that of the address.")
        if address_hash in self.forgotten:
            raise Problem(400, "Forgotten Email Not Subscribed", f"{email} was deleted for good.")
        known = {i for category in self.categories.values() for i in category["interests"]}
        for interest, chosen in body.get("interests", {}).items():
            if interest not in known or not isinstance(chosen, bool):
                raise Problem(400, "Invalid Resource", f"Invalid interest ID: '{interest}'.")
        row = self.members.get(address_hash)
        if row is None:
            row = {"status": body["status_if_new"], "interests": {}, "merge_fields": {}}
            self.members[address_hash] = row
        elif "status" in body:
            if row["status"] in {"unsubscribed", "cleaned"} and body["status"] == "subscribed":
                detail = f"{email} is in a compliance state and cannot be subscribed."
                raise Problem(400, "Member In Compliance State", detail)
            row["status"] = body["status"]
        row["id"], row["email_address"] = address_hash, email
        row["interests"].update(body.get("interests", {}))
        row["merge_fields"].update(body.get("merge_fields", {}))
        row.setdefault("last_changed", datetime.now(UTC).isoformat(timespec="seconds"))
        return row

    def delete_member(self, address_hash: str) -> None:
        if self.members.pop(address_hash, None) is None:
            raise Problem(404, "Resource Not Found", "The requested resource could not be found.")
        self.forgotten.add(address_hash)

    def add_category(self, body: Any) -> dict[str, Any]:
        check(body, CATEGORY)
        if any(row["title"] == body["title"] for row in self.categories.values()):
            raise Problem(400, "Invalid Resource", "Cannot add: it exists already.")
        row = {**body, "id": f"cat{len(self.categories):07}", "interests": {}}
        self.categories[row["id"]] = row
        return row

    def add_interest(self, category: str, body: Any) -> dict[str, Any]:
        check(body, INTEREST)
        interests = self.category(category)["interests"]
        if any(row["name"] == body["name"] for row in interests.values()):
            raise Problem(400, "Invalid Resource", "Cannot add: it exists already.")
        if sum(len(row["interests"]) for row in self.categories.values()) >= 60:
            raise Problem(400, "Bad Request", "An audience has at most 60 groups.")
        row = {"id": f"{category}i{len(interests):03}", "name": body["name"]}
        interests[row["id"]] = row
        return row

    def category(self, category: str) -> dict[str, Any]:
        if category not in self.categories:
            raise Problem(404, "Resource Not Found", "The requested resource could not be found.")
        return self.categories[category]

    def add_campaign(self, body: Any) -> dict[str, Any]:
        check(body, CAMPAIGN)
        recipients = body.get("recipients", {})
        if recipients:
            check(recipients, RECIPIENTS, "recipients.")
            if recipients["list_id"] != AUDIENCE:
                raise Problem(400, "Invalid Resource", "The audience does not exist.")
            segment = recipients.get("segment_opts", {})
            check(segment, SEGMENT, "segment_opts.")
            for condition in segment.get("conditions", []):
                check(condition, CONDITION, "conditions.")
                category = self.categories.get(condition["field"].removeprefix("interests-"))
                if category is None or not set(condition["value"]) <= category["interests"].keys():
                    raise Problem(400, "Bad Request", "The segment names an unknown interest.")
        check(body.get("settings", {}), SETTINGS, "settings.")
        if len(body.get("settings", {}).get("subject_line", "")) > 150:
            raise Problem(400, "Invalid Resource", "subject_line: at most 150 characters.")
        row = {**body, "id": f"cam{len(self.campaigns):07}", "status": "save", "content": {}}
        self.campaigns[row["id"]] = row
        return row

    def campaign(self, campaign: str) -> dict[str, Any]:
        if campaign not in self.campaigns:
            raise Problem(404, "Resource Not Found", "The requested resource could not be found.")
        return self.campaigns[campaign]

    def put_content(self, campaign: str, body: Any) -> dict[str, Any]:
        check(body, CONTENT)
        row = self.campaign(campaign)
        if row["status"] != "save":
            raise Problem(400, "Bad Request", "Cannot change the content of a sent campaign.")
        row["content"] = body
        return dict(body)

    def recipients_of(self, row: dict[str, Any]) -> list[str]:
        conditions = row.get("recipients", {}).get("segment_opts", {}).get("conditions", [])
        return [
            member["email_address"]
            for member in self.members.values()
            if member["status"] == "subscribed"
            and all(any(member["interests"].get(i) for i in c["value"]) for c in conditions)
        ]

    def checklist(self, campaign: str) -> dict[str, Any]:
        row = self.campaign(campaign)
        settings = row.get("settings", {})
        items = [
            ("List", bool(self.recipients_of(row)), "The audience has nobody to send to."),
            ("Subject", bool(settings.get("subject_line")), "There is no subject line."),
            ("From", bool(settings.get("from_name")), "There is no from name."),
            ("Replies", "@" in settings.get("reply_to", ""), "There is no reply-to address."),
            ("HTML", "*|UNSUB|*" in row["content"].get("html", ""), "There is no *|UNSUB|* link."),
            ("Text", bool(row["content"].get("plain_text")), "There is no plain text."),
        ]
        return {
            "is_ready": all(fine for _heading, fine, _details in items),
            "items": [
                {
                    "type": "success" if fine else "error",
                    "id": number,
                    "heading": heading,
                    "details": details,
                }
                for number, (heading, fine, details) in enumerate(items)
            ],
        }

    def send(self, campaign: str) -> None:
        row = self.campaign(campaign)
        if row["status"] != "save":
            raise Problem(400, "Bad Request", "The campaign was sent already.")
        if not self.checklist(campaign)["is_ready"]:
            raise Problem(400, "Bad Request", "Your Campaign is not ready to send.")
        row["status"] = "sending"
        self.deliveries += [(email, campaign) for email in self.recipients_of(row)]


class _Door(BaseHTTPRequestHandler):
    """Reads a request, plays the fault that is due, does the work, answers."""

    owner: MailchimpFake
    protocol_version = "HTTP/1.1"
    #: Else each answer waits until its head is acknowledged, which takes 40 ms.
    disable_nagle_algorithm = True

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  (http.server names them)

    def answer(self) -> None:
        path = urlsplit(self.path).path.removeprefix("/3.0")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.owner.lock:
            kind = f"{self.command} {_kind(path)}"
            self.owner.calls.append(kind)
            fault = self.owner.faults[kind].pop(0) if self.owner.faults[kind] else ""
        if fault == "hang":
            self.owner.released.wait(5)
            self.close_connection = True
            return None
        if fault == "429":
            problem = Problem(429, "Too Many Requests", "You have exceeded the limit.")
            return self.reply(429, problem.document, problem=True)
        if fault in {"403", "500", "503"}:
            return self.raw(int(fault), "text/html", b"" if fault == "500" else b"<h1>No</h1>")
        status, document = self.do(path, body)
        if fault == "lost":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        if fault == "half":
            text = json.dumps(document).encode()
            return self.raw(status, "application/json", text, cut=len(text) // 2)
        return self.reply(status, document, problem=status >= 400)

    def do(self, path: str, body: bytes) -> tuple[int, Any]:
        try:
            self.check_key()
            document = json.loads(body) if body else None
            with self.owner.lock:
                answer = self.route(path, document)
        except json.JSONDecodeError:
            return 400, Problem(400, "JSON Parse Error", "We could not parse it.").document
        except Problem as problem:
            return problem.status, problem.document
        return (204, None) if answer is None else (200, answer)

    def check_key(self) -> None:
        scheme, _space, code = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic" or base64.b64decode(code).decode().partition(":")[2] != KEY:
            raise Problem(401, "API Key Invalid", "Your API key may be invalid.")

    def route(self, path: str, body: Any) -> Any:  # noqa: C901, PLR0911, PLR0912  (a table)
        fake = self.owner
        query = parse_qs(urlsplit(self.path).query)
        if int(query.get("count", ["10"])[0]) > 1000:
            raise Problem(400, "Invalid Resource", "count: at most 1000.")
        match self.command, path.strip("/").split("/"):
            case _, ["lists", audience, *_] if audience != AUDIENCE:
                raise Problem(404, "Resource Not Found", "No such audience.")
            case "PUT", ["lists", _, "members", address_hash]:
                return fake.put_member(address_hash, body)
            case "POST", ["lists", _, "members", address_hash, "actions", "delete-permanent"]:
                return fake.delete_member(address_hash)
            case "GET", ["lists", _, "interest-categories"]:
                return {"categories": list(fake.categories.values())}
            case "POST", ["lists", _, "interest-categories"]:
                return fake.add_category(body)
            case "GET", ["lists", _, "interest-categories", category, "interests"]:
                return {"interests": list(fake.category(category)["interests"].values())}
            case "POST", ["lists", _, "interest-categories", category, "interests"]:
                return fake.add_interest(category, body)
            case "GET", ["campaigns"]:
                if query.get("sort_field", ["create_time"])[0] not in {"create_time", "send_time"}:
                    raise Problem(400, "Invalid Resource", "sort_field: unknown.")
                return {"campaigns": list(fake.campaigns.values())[::-1]}
            case "POST", ["campaigns"]:
                return fake.add_campaign(body)
            case "GET", ["campaigns", campaign]:
                return fake.campaign(campaign)
            case "PUT", ["campaigns", campaign, "content"]:
                return fake.put_content(campaign, body)
            case "GET", ["campaigns", campaign, "send-checklist"]:
                return fake.checklist(campaign)
            case "POST", ["campaigns", campaign, "actions", "send"]:
                return fake.send(campaign)
            case _:
                raise Problem(404, "Resource Not Found", f"{self.command} {path}")

    def reply(self, status: int, document: Any, *, problem: bool = False) -> None:
        kind = "application/problem+json" if problem else "application/json"
        self.raw(status, kind, b"" if document is None else json.dumps(document).encode())

    def raw(self, status: int, kind: str, text: bytes, *, cut: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[:cut])
        if cut is not None:
            self.close_connection = True


def _kind(path: str) -> str:
    """The path without ids: `/lists/members`, `/campaigns/content`."""
    parts = [
        part
        for part in path.strip("/").split("/")
        if part != AUDIENCE and not re.fullmatch(r"[0-9a-f]{32}|(cat|cam)\d{7}", part)
    ]
    is_one = bool(re.fullmatch(r"/campaigns/[^/]+", path))
    return "/" + "/".join(parts) + ("/*" if is_one else "")
