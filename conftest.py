"""Two plugins: what a promise is, and what a lesson must be."""

pytest_plugins = [
    "course.checks.plugin",
    "course.reports.in_pytest",
    "course.maintain.lessons.plugin",
]
