"""`python3 -m course bench`: how fast the servers of the chapters are, beside asyncio's.

`command` runs it: `servers` starts each subject in a process of its own (`serving` is what runs
there), `load` asks and checks, `measuring` goes round all of them, `report` and `plot` show it.
"""
