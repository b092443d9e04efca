from threading import Thread

import pytest
from django.db import connection

from core import versions


@pytest.mark.django_db
def test_bump_raises_the_named_versions_and_no_others() -> None:
    versions.bump("events", "needs")
    versions.bump("needs")

    assert versions.current("needs", "events", "companies") == "companies.0-events.1-needs.2"


@pytest.mark.race
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_no_bump_is_lost_when_many_come_at_once() -> None:
    def bump() -> None:
        for _again in range(5):
            versions.bump("events", "organizations")
        connection.close()

    before = versions.current("events")
    threads = [Thread(target=bump) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    number = int(before.rpartition(".")[2])
    assert versions.current("events") == f"events.{number + 20}"
