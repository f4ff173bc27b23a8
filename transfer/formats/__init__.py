"""How dates and figures are written, where Django's own way is ambiguous to our readers."""
