import pytest

from tests.factories.organizations import NeedFactory


@pytest.fixture
def open_need_slugs() -> list[str]:
    """Three open needs, for lines that still stand when their issue goes out."""
    return [NeedFactory().slug for _ in range(3)]
