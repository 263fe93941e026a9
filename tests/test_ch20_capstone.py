"""The promises of chapter 20: a message board that can be killed."""

TASKS: dict[int, str] = {}
