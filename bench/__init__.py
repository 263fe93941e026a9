"""`python3 -m bench`: how fast the chapters' echo servers are, compared with asyncio's.

`measuring` goes round the servers: `servers` starts each in a process of its own, where `echo` runs;
`load` sends it messages and checks the answers; `report` shows the figures.
"""
