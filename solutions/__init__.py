"""The reference. It is the source of the starters; look after you have tried."""
