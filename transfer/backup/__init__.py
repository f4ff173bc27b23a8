"""Everything a site holds, the database and its uploads, in one file and back again."""
