"""What the queue runs: it wakes the outbox, and knows nothing else."""

from django.tasks import task
from django.utils import timezone

from core import outbox


@task
def deliver(effect_id: str) -> None:
    """Do one promised effect; the outbox decides whether it is due and free."""
    outbox.perform(effect_id, now=timezone.now())
