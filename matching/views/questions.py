"""Questions about evidence: asking from a match, the list, and the owner's answer."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import ListView

from accounts.bilingual import reader_language
from accounts.models import User
from achievements.presentation import plain_number
from matching.filtersets import QuestionFilterSet
from matching.forms import AnswerForm
from matching.models import Match, Question
from matching.permissions import may_answer, may_ask
from matching.services.questions import AlreadyAskedError, answer_question, ask_owner
from matching.wording.matches import asked_text

PAGE_SIZE = 30


@login_required
@require_POST
def match_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the owner for what one unknown must row wants to know: one click."""
    rows = Match.objects.visible_to(request.user).live()
    match = get_object_or_404(rows.select_related("demand", "candidate"), pk=pk)
    if not may_ask(request.user, match):
        raise PermissionDenied
    try:
        ask_owner(match=match, key=request.POST.get("key", ""), by=cast("User", request.user))
    except AlreadyAskedError as error:
        messages.info(request, " ".join(error.messages))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Asked. You are told as soon as there is an answer."))
    return redirect("matching:match_detail", pk=match.pk)


class QuestionListView(LoginRequiredMixin, ListView):
    """Questions asked by the user's side or of it; the latest first."""

    template_name = "matching/question_list.html"
    paginate_by = PAGE_SIZE
    context_object_name = "questions"

    def get_queryset(self) -> Any:
        """What the address asks for, of those the user may see."""
        user = self.request.user
        rows = Question.objects.visible_to(user).with_details(user)
        self.filterset = QuestionFilterSet(self.request.GET, rows, request=self.request)
        return self.filterset.qs if self.filterset.is_valid() else rows.none()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows in words, and tabs by state."""
        context = super().get_context_data(**kwargs)
        context["rows"] = [question_row(question) for question in context["questions"]]
        chosen = self.request.GET.get("state", "")
        context["tabs"] = [
            {"label": label, "url": f"?state={value}" if value else "?", "current": value == chosen}
            for value, label in (("", _("All")), *QuestionFilterSet.STATES)
        ]
        return context


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What is asked and the answer; for the owner the form that answers."""
    rows = Question.objects.visible_to(request.user).with_details(request.user)
    question = get_object_or_404(rows, pk=pk)
    answers = may_answer(request.user, question)
    form = AnswerForm(request.POST or None, initial={"unit": question.row["unit"]})
    if request.method == "POST":
        if not answers:
            raise PermissionDenied
        if form.is_valid():
            by = cast("User", request.user)
            try:
                answer_question(question=question, by=by, **form.cleaned_data)
            except ValidationError as error:
                _show_errors(form, error)
            else:
                messages.success(request, _("Answered. The side that asked has been told."))
                return redirect("matching:question_detail", pk=question.pk)
    matches = Match.objects.visible_to(request.user).live()
    context = {
        "question": question,
        "row": question_row(question),
        "form": form if answers and not question.outcome else None,
        "match": matches.filter(
            demand=question.demand_id, candidate=question.achievement_id
        ).first(),
    }
    status = 422 if form.errors else 200
    return render(request, "matching/question_detail.html", context, status=status)


def question_row(question: Question) -> dict[str, Any]:
    """A question in the reader's words."""
    row, value = question.row, question.value
    return {
        "question": question,
        "quantity": row.get(f"label_{reader_language()}") or row["quantity"],
        "asked": asked_text(row),
        "unit": row["unit"],
        "answer": f"{plain_number(value)} {question.unit}".strip() if value is not None else "",
    }


def _show_errors(form: AnswerForm, error: ValidationError) -> None:
    """Errors of the service where the user finds them; those of the new row at its field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, problems in error.error_dict.items():
        field = name.rpartition(".")[2]
        texts = [text for problem in problems for text in problem.messages]
        form.add_error(field if field in form.fields else None, texts)
