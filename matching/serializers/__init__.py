"""How the API shows and takes what this package holds."""
