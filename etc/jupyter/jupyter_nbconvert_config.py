# Read by `jupyter nbconvert` in the environment where microtorch is installed: our widgets go on
# working in the HTML pages that it writes.
from importlib.util import find_spec

if find_spec("microtorch"):
    c = get_config()  # noqa: F821 (Jupyter gives it to its configuration files)
    c.HTMLExporter.preprocessors.append("microtorch.widgets.export.InlineWidgets")
