"""Form fields and widgets of the catalogue."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import localized
from achievements.filtersets.inputs import TermsField, term_key
from achievements.models import Expert, Term


class WordsField(forms.CharField):
    """Words with commas between them, also the Chinese ones and semicolons; a list."""

    pattern = re.compile(r"[,，、;；\n]")
    joint = ", "

    def prepare_value(self, value: Any) -> Any:
        """Show a list as people write it."""
        return self.joint.join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """The words, without blanks around them."""
        text = super().to_python(value) or ""
        return [word.strip() for word in self.pattern.split(text) if word.strip()]


class LinesField(WordsField):
    """One entry a line; a list."""

    pattern = re.compile(r"\n")
    joint = "\n"
    widget = forms.Textarea


class ChoicesField(forms.MultipleChoiceField):
    """Several choices as check boxes; a list."""

    widget = forms.CheckboxSelectMultiple


class TermTree(forms.CheckboxSelectMultiple):
    """Terms as check boxes, folded by vocabulary and first level; open where one is chosen."""

    template_name = "achievements/widgets/term_tree.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add ``tree``: vocabularies, their first-level terms, the terms below. One query."""
        context: dict[str, Any] = forms.Widget.get_context(self, name, value, attrs)
        chosen = {str(key) for key in (value or [])}
        terms = list(Term.objects.fields().select_related("scheme"))
        below: dict[int | None, list[Term]] = {}
        for term in terms:
            below.setdefault(term.parent_id, []).append(term)
        schemes: dict[int, dict[str, Any]] = {}
        for top in below.get(None, []):
            options = [self._option(term, chosen) for term in self._walk(top, below)]
            scheme = schemes.setdefault(
                top.scheme_id,
                {
                    "name": localized(top.scheme, "name"),
                    "code": top.scheme.code,
                    "groups": [],
                    "chosen": 0,
                },
            )
            count = sum(option["checked"] for option in options)
            scheme["groups"].append({"label": top.label, "options": options, "chosen": count})
            scheme["chosen"] += count
        # The high-tech fields come first: everybody can place a listing there.
        ordered = sorted(schemes.values(), key=lambda scheme: scheme["code"] != "hightech")
        context["widget"]["tree"] = ordered
        return context

    def _walk(self, top: Term, below: dict[int | None, list[Term]]) -> Iterable[Term]:
        yield top
        for child in below.get(top.pk, []):
            yield from self._walk(child, below)

    def _option(self, term: Term, chosen: set[str]) -> dict[str, Any]:
        key = term_key(term)
        return {
            "key": key,
            "code": term.code,
            "label": term.label,
            "checked": key in chosen or str(term.pk) in chosen,
        }


class TermTreeField(TermsField):
    """Terms of the classifications, as a tree of check boxes; values are keys."""

    widget: Any = TermTree

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Term.objects.fields(), **kwargs)

    def clean(self, value: Any) -> Any:
        """A list of terms."""
        return list(super().clean(value))


class ExpertReferenceField(forms.CharField):
    """An expert by profile number, address of the profile or ORCID iD; needs ``user`` set."""

    user: Any = None

    def prepare_value(self, value: Any) -> Any:
        """Show the number of a profile."""
        return value.pk if isinstance(value, Expert) else value

    def to_python(self, value: Any) -> Any:
        """The expert, if this user may see the profile."""
        text = super().to_python(value)
        if not text:
            return None
        rows = Expert.objects.unmerged()
        rows = rows.visible_to(self.user) if self.user is not None else rows.none()
        orcid = re.search(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", text)
        number = re.search(r"(?:^|/experts/)(\d{1,18})/?$", text)
        found = None
        if orcid:
            found = rows.filter(orcid=orcid[0]).first()
        elif number:
            found = rows.filter(pk=int(number[1])).first()
        if found is None:
            raise ValidationError(
                _("There is no such profile in the expert pool."), code="unknown_expert"
            )
        return found
