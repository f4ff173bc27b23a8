"""Reading listings from files: CSV, XLSX and JSON Lines, each also packed with gzip.

``files`` finds out what a file is and refuses what is dangerous, ``readers`` yields its rows,
``columns`` maps headers in either language to what the catalogue knows, ``cells`` and ``measures``
read single cells by the words in ``spellings``, ``lookups`` finds terms, regions and experts, and
``rows`` puts one row together, as a draft (``drafts``).
Nothing here writes: ``achievements.services.importing`` does.

Besides our own columns (every field of the models, by name or by its label in English or Chinese),
a generic record goes in as it is:

================  ================================================================================
key               becomes
================  ================================================================================
id                ``external_id``
title             ``title_en`` or ``title_zh``, by ``language`` or else by the script of the text
text              its first sentence: the summary; all of it, when there is more: the solution of an
                  achievement, the body of a demand, the expertise of an expert
keywords          keywords of the same language
fields            vocabulary terms; what no vocabulary knows becomes a keyword, and is reported
organisation      an expert's affiliation; elsewhere the posting organisation where the operator
                  lets the file name it, and otherwise reported as not used
date              when the listing was first recorded (a year, a month or a day)
publications      an expert's works
funder            who funded an achievement
language          ``en`` or ``zh``
================  ================================================================================
"""
