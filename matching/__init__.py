"""Index entries, search, embedding, scoring, matches, decisions and saved searches.

Below the services, from the ground up (an import contract holds the order):

- :mod:`matching.text`: texts as tokens, in both scripts;
- :mod:`matching.models`: rows; :mod:`matching.sql`: our own statements;
- :mod:`matching.embedding`: texts become vectors;
- :mod:`matching.vectors`: what is near, and how unusually near;
- :mod:`matching.scoring`: a pair's score; :mod:`matching.facets`: which listings have which values;
- :mod:`matching.exhaustive`: all demands against all candidates;
- :mod:`matching.search`: what a query finds, in which order;
- :mod:`matching.filtersets`, :mod:`matching.results`: what both doors take and show of it.

Beside them: :mod:`matching.wording` (figures become sentences), :mod:`matching.quality` (measuring
on judged sets) and :mod:`matching.seeding` (load data).
"""
