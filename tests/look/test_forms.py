"""How Django's forms come out: label above, hint and error tied to the field, errors first."""

import re

from core.styleguide import SampleForm


def _html(form: SampleForm) -> str:
    return re.sub(r"\s+", " ", str(form))


def _refused() -> SampleForm:
    return SampleForm({"email": "not an address", "kind": "hardware", "quantity": "0"})


def test_a_field_says_its_hint_to_screen_readers() -> None:
    html = _html(SampleForm())
    assert 'aria-describedby="id_title_helptext"' in html
    assert 'class="hint" id="id_title_helptext"' in html


def test_an_optional_field_says_so_and_a_required_one_does_not() -> None:
    html = _html(SampleForm())
    assert re.search(r'<label for="id_why"\s*>\s*Why it matters <span class="optional">', html)
    assert re.search(r'<label for="id_title"\s*>\s*What do you need\?\s*</label>', html)


def test_choices_are_grouped_under_a_legend() -> None:
    assert re.search(
        r'<fieldset class="field"\s*>\s*<legend>\s*How people sign up', _html(SampleForm())
    )


def test_a_clean_form_has_no_summary() -> None:
    assert 'class="errors"' not in _html(SampleForm())


def test_a_refused_form_starts_with_links_to_what_is_wrong() -> None:
    html = _html(_refused())
    summary = html[html.index('class="errors"') : html.index("</ul>")]
    assert re.findall(r'href="#(\w+)"', summary) == [
        "id_title",
        "id_email",
        "id_quantity",
        "id_flow",
        "id_agrees",
    ]


def test_an_error_stands_beside_its_field_and_is_tied_to_it() -> None:
    html = _html(_refused())
    assert 'aria-describedby="id_email_error"' in html
    assert re.search(r'id="id_email_error"\s*>\s*<li>Enter a valid email address', html)


def test_nothing_typed_is_lost() -> None:
    assert 'value="not an address"' in _html(_refused())


def test_what_concerns_no_field_is_in_the_summary() -> None:
    form = _refused()
    form.add_error(None, "This need exists already.")
    assert "<li>This need exists already.</li>" in _html(form)
