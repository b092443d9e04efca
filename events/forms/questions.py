"""The host's questions to who signs up: written at the desk, asked on the form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from events.domain.questions import (
    LONGEST,
    MOST_KEEP_DAYS,
    MOST_QUESTIONS,
    Said,
)
from events.models import Question, QuestionKind, Series

_YES_NO = (("yes", _("Yes")), ("no", _("No")))


class AsksForm(forms.Form):
    """A form that asks what a series wants to know of everybody who signs up."""

    def __init__(
        self,
        *args: Any,
        series: Series | None = None,
        answers: Mapping[str, str] | None = None,
        agrees: bool = True,
        roles: Sequence[tuple[str, str]] = (),
        needs_role: bool = True,
        **kwargs: Any,
    ) -> None:
        """`agrees` is whether age and requirements are asked about; `answers` fill it in.

        `roles` are what one can come as, by id, in words; `needs_role` is whether one must choose.
        """
        super().__init__(*args, **kwargs)
        if roles:
            self.fields["slot"] = forms.ChoiceField(
                label=_("Role"),
                required=needs_role,
                choices=roles if needs_role else [("", _("Nothing in particular")), *roles],
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose the role in which you come.")},
            )
        self._asked = series.asked if series else []
        added: dict[str, forms.Field] = {
            _name(question): _field(question, (answers or {}).get(question.id, ""))
            for question in self._asked
        }
        if series and agrees and series.minimum_age:
            added["is_old_enough"] = forms.BooleanField(
                label=_("I am %(age)d or older, and so is everybody who comes with me")
                % {"age": series.minimum_age}
            )
        if series and agrees and series.requirements:
            added["agrees"] = forms.BooleanField(
                label=_("I agree to this, also for everybody who comes with me"),
                help_text=series.requirements,
            )
        self._added = list(added)
        self.fields.update(added)

    def asks(self) -> list[BoundField]:
        """The fields of the series, for templates that place them."""
        return [self[name] for name in self._added]

    def answers(self) -> dict[str, str]:
        """What was answered in the valid form, by question."""
        given = {one.id: self.cleaned_data.get(_name(one)) for one in self._asked}
        return {key: str(value) for key, value in given.items() if value not in (None, "")}

    def said(self) -> Said:
        """What the valid form says to the series."""
        clean = self.cleaned_data
        return Said(
            answers=self.answers(),
            is_old_enough=clean.get("is_old_enough", False),
            agrees=clean.get("agrees", False),
        )

    def typed(self) -> dict[str, Any]:
        """What the valid form says beside that."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self._added}


class QuestionForm(forms.Form):
    """One question, at the desk."""

    id = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    label = forms.CharField(label=_("Question"), required=False, max_length=300)
    kind = forms.ChoiceField(
        label=_("Answer"), choices=QuestionKind.choices, initial=QuestionKind.TEXT
    )
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=7000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For one of several choices: a line each."),
    )
    is_required = forms.BooleanField(label=_("Needs an answer"), required=False)
    keep_days = forms.IntegerField(
        label=_("Erase answers so many days after the event"),
        min_value=0,
        max_value=MOST_KEEP_DAYS,
        initial=30,
    )

    def question(self) -> Question | None:
        """The valid form as the domain wants it; none where the question was left empty."""
        clean = self.cleaned_data
        if not clean.get("label"):
            return None
        choices = tuple(str(clean["choices"]).splitlines())
        return Question(**{**clean, "choices": choices})


#: All questions of a series, and empty ones to fill in.
_QuestionFormSet = forms.formset_factory(
    QuestionForm, extra=2, max_num=MOST_QUESTIONS, validate_max=True, absolute_max=MOST_QUESTIONS
)


def question_forms(series: Series, data: Any = None) -> Any:
    """The questions of a series to edit; one whose words are taken away is no longer asked."""
    initial = [
        {
            "id": one.id,
            "label": one.label,
            "kind": one.kind,
            "choices": "\n".join(one.choices),
            "is_required": one.is_required,
            "keep_days": one.keep_days,
        }
        for one in series.asked
    ]
    return _QuestionFormSet(data, initial=initial, prefix="questions")


def _name(question: Question) -> str:
    return f"q_{question.id}"


def _field(question: Question, answer: str) -> forms.Field:
    shared: dict[str, Any] = {
        "label": question.label,
        "required": question.is_required,
        "initial": answer,
        "help_text": _erased(question.keep_days),
    }
    match question.kind:
        case QuestionKind.LONG_TEXT:
            area = forms.Textarea(attrs={"rows": 3})
            return forms.CharField(
                max_length=LONGEST[QuestionKind.LONG_TEXT], widget=area, **shared
            )
        case QuestionKind.CHOICE:
            choices = [("", _("Choose one")), *((one, one) for one in question.choices)]
            return forms.ChoiceField(choices=choices, **shared)
        case QuestionKind.YES_NO:
            return forms.ChoiceField(choices=_YES_NO, widget=forms.RadioSelect, **shared)
        case QuestionKind.NUMBER:
            return forms.IntegerField(min_value=-999_999_999, max_value=999_999_999, **shared)
    return forms.CharField(max_length=LONGEST[QuestionKind.TEXT], **shared)


def _erased(days: int) -> str:
    if not days:
        return gettext("The organizer sees your answer. We erase it when the event is over.")
    words = ngettext(
        "The organizer sees your answer. We erase it %(n)d day after the event.",
        "The organizer sees your answer. We erase it %(n)d days after the event.",
        days,
    )
    return words % {"n": days}
