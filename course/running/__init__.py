"""The one way to run a suite: in a process of its own, with limits.

    you ── Host.run(order) ──▶ host ── fork ──▶ suite: pytest and the engine
        ◀──────────── news: one JSON object a line ────────────┘

A *host* (`hosts` here, `host` there) is a process that has imported everything a suite needs. For each
*order* it starts a *suite* as a fork of itself, watches over its limits, and ends all that it left.
`environment` decides which variables reach these processes.
"""
