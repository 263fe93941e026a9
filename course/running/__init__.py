"""The one way to run a suite in a child process with limits."""
