"""What templates of other packages show of deals."""
