"""What people answered, and for how long it is kept."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models.questions import QuestionKind
from events.models.signups import SignUp


class Answer(models.Model):
    """What one person answered to one question; only the host sees it, and not for long."""

    signup = models.ForeignKey(SignUp, on_delete=models.CASCADE, related_name="answers")
    #: Which of the series' questions; it may be gone by now.
    question = models.CharField(max_length=12)
    #: As it was asked: what the answer means, whatever the question says today.
    asked = models.CharField(_("question"), max_length=300)
    kind = models.CharField(max_length=9, choices=QuestionKind)
    text = models.TextField(_("answer"), max_length=4000)
    #: What was promised when it was given.
    keep_days = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("answer")
        indexes = (models.Index(fields=("keep_days",), name="answer_to_erase"),)
        constraints = (
            models.UniqueConstraint(fields=("signup", "question"), name="answer_once"),
            models.CheckConstraint(condition=~Q(text=""), name="answer_says_something"),
        )

    def __str__(self) -> str:
        # The audit log keeps this text for good, so it says nothing.
        return f"{self.signup_id}: {self.question}"

    @property
    def shown(self) -> str:
        """The answer in words."""
        if self.kind == QuestionKind.YES_NO:
            return gettext("Yes") if self.text == "yes" else gettext("No")
        return self.text
