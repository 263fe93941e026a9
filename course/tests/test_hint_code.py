"""Code in hints: what stands between quotes has to compile on the oldest Python of the course."""
