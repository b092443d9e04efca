"""EINs, ZIP codes, websites: the numbers and addresses by which organizations are told apart."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

_EIN = re.compile(r"\d{2}-?\d{7}")
_ZIP = re.compile(r"(\d{5})(?:-\d{4})?")
_valid = URLValidator(schemes=["http", "https"])


def ein(written: str) -> str | None:
    """The nine digits of an EIN, "" where none was given, none where it is damaged."""
    text = written.strip()
    if not text:
        return ""
    return text.replace("-", "") if _EIN.fullmatch(text) else None


def zip_code(written: str) -> str | None:
    """The five digits of a ZIP code, "" where none was given, none where it is damaged."""
    text = written.strip()
    if not text:
        return ""
    match = _ZIP.fullmatch(text)
    return match[1] if match else None


def website(written: str, *, most: int = 300) -> str | None:
    """An address with its scheme, "" where none was given, none where it is damaged."""
    text = written.strip()
    if not text:
        return ""
    address = text if re.match(r"https?://", text, re.IGNORECASE) else f"http://{text}"
    try:
        _valid(address)
    except ValidationError:
        return None
    return address if len(address) <= most else None


def site_host(address: str) -> str:
    """The host of a website without "www.", in lower case, to find duplicates by."""
    return (urlsplit(address).hostname or "").removeprefix("www.")
