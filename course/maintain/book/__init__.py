"""The book: the course as a website to read, made from the stored lessons."""
