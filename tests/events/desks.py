"""Where at an organization's desk a date is looked after."""

from events.models import Occurrence


def roster_of(row: Occurrence) -> str:
    """The address of the page that lists who comes."""
    assert row.series.organization is not None
    desk = f"/desk/organizations/{row.series.organization.slug}/events/"
    return f"{desk}{row.series.slug}/{row.address_start}/"
