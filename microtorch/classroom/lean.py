"""Loaded before nbval: keeps its start short.

nbval loads nbformat, that loads jsonschema, and that builds a grammar of web addresses if the
package ``rfc3987_syntax`` is there. No notebook needs it, and it takes three times as long as all
the rest (jsonschema itself does without it where the package is missing).
"""

from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # "there is no such module"
