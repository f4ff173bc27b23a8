"""The catalogue: achievements, demands, experts, vocabularies, files, import and export."""
