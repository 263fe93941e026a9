"""A report is data; the renderers draw it in a terminal, as HTML, and into files."""
