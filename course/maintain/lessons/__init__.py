"""What a lesson must be, how it is edited, and how it is validated."""
