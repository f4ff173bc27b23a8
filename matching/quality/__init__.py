"""How good search and matching are: judged sets, ranked by the code that serves production."""
