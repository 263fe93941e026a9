"""What a chapter's suite is written with, and the engine that runs it."""
