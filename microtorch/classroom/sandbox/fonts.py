"""The list of fonts that matplotlib makes when it runs for the first time, which takes a second.

A kernel is always a first time, so it gets the list that matplotlib has made for the grader.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

FOLDER = "fonts-of-matplotlib"  # in the library of a policy
SEEN_INSIDE = "/usr/"


def copy_font_list(target: Path) -> None:
    """Copy it into ``target``, without the fonts of this user; nothing if there is none."""
    target.mkdir()
    for file in _cache().glob("fontlist-v*.json"):
        try:
            fonts = json.loads(file.read_text(encoding="utf-8"))
            for name in ("ttflist", "afmlist"):
                fonts[name] = [font for font in fonts[name] if _inside(font["fname"])]
        except (OSError, ValueError, LookupError, TypeError):
            continue
        (target / file.name).write_text(json.dumps(fonts), encoding="utf-8")


def _cache() -> Path:
    """Where matplotlib keeps it on Linux: https://matplotlib.org/stable/install/environment_variables_faq.html"""
    own = os.environ.get("MPLCONFIGDIR")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(own) if own else Path(home, "matplotlib")


def _inside(name: str) -> bool:
    return not os.path.isabs(name) or name.startswith(SEEN_INSIDE)
