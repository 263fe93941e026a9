"""What a chapter's lesson promises, read from its first cell: "Afterwards you can …"."""

from __future__ import annotations

import json
import re

from course.model.chapters import Chapter, text_of

MARKER = re.compile(
    r"\*\*[^*\n]*\byou (?:can|will be able to):?\*\*\s*(.*?)(?:\n\n(?![*-] )|\Z)", re.DOTALL
)
MARKUP = re.compile(r"<[^>]+>|[`*]|\[(?=[^]]*\]\()|\]\([^)]*\)")


def abilities(chapter: Chapter) -> list[str]:
    """Return what its reader can do afterwards; nothing, if the lesson does not say it."""
    try:
        cell = json.loads(text_of(chapter.notebook))["cells"][0]
        found = MARKER.search("".join(cell["source"]))
    except (ValueError, KeyError, IndexError, TypeError):
        return []
    items = re.split(r"^[*-] ", found[1], flags=re.MULTILINE) if found else []
    return [text for item in items if (text := " ".join(MARKUP.sub("", item).split()).rstrip(";."))]
