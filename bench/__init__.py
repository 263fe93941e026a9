"""`python3 -m bench`: how fast the chapters' servers are, compared with others.

`measuring` goes round the servers: `servers` starts each in a process of its own, where `echo` or
`http` runs; `load` sends it messages and checks the answers; `report` shows the figures.
"""
