"""From a free text to a demand in four steps."""

from achievements.views.wizard.asking import WizardCheckView, WizardQuestionsView
from achievements.views.wizard.reading import WizardRowsView, WizardTextView

__all__ = ["WizardCheckView", "WizardQuestionsView", "WizardRowsView", "WizardTextView"]
