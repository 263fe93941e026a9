"""Makes `.venv` on a bare machine (standard library only)."""
