"""`python3 -m course update`: a newer version of the course, with your work in it."""

# A chapter's number may change without a line here. A slug that changes gets one: old -> new.
# Lines stay for good: a learner may come from any older version.
RENAMED: dict[str, str] = {}
