"""The site's settings as in production, with the bare view beside its addresses."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
