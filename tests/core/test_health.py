import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings


@pytest.mark.django_db
def test_readyz_is_green_when_database_and_cache_answer(client: Client) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": "ok", "cache": "ok"},
    )


@pytest.mark.django_db
def test_readyz_is_red_when_the_cache_is_down_and_says_nothing_secret(
    client: Client, settings: Settings
) -> None:
    closed = "redis://:a-secret@127.0.0.1:9/0"
    settings.CACHES = settings.CACHES | {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": closed,
        }
    }

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["cache"]) == (503, "down")
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db
def test_healthz_touches_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
