"""What attackers try, and who may do what."""
