"""What maintainers need: starters, mistakes, mutants, lessons, chapters, the steps of `test`."""
