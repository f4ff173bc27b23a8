"""English as Europe and Asia write it."""
