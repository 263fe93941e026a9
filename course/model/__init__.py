"""What the course is: chapters, tasks, sources, starters, progress, copies. Imports no other room."""
