"""Users, organisations, members, tokens, audit events and notifications."""
