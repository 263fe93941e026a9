"""`python3 -m course doctor`: can this computer run the course, and if not, what to do about it."""
