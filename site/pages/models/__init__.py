"""The site's own pages and the links that lead through it."""

from pages.models.navigation import Navigation, NavigationItem
from pages.models.public import (
    HomePage,
    PublicPage,
    ResourceIndexPage,
    ResourcePage,
    StandardPage,
    StoryIndexPage,
    StoryPage,
)

__all__ = [
    "HomePage",
    "Navigation",
    "NavigationItem",
    "PublicPage",
    "ResourceIndexPage",
    "ResourcePage",
    "StandardPage",
    "StoryIndexPage",
    "StoryPage",
]
