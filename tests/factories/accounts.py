"""People."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import User


class UserFactory(DjangoModelFactory):
    """A person with a checked address and no memberships; `is_staff=True` for staff.

    The password is "correct horse battery" unless another is given.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person-{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    name = factory.Sequence(lambda number: f"Person {number}")

    password = "correct horse battery"

    @classmethod
    def _create(cls, model_class: type[User], **values: Any) -> User:
        return model_class.objects.create_user(**values)
