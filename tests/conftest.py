"""For every test: its own Jupyter settings, and the same random examples in every run.

``HYPOTHESIS_PROFILE=explore`` looks for new examples instead; keep what it finds as a test case.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session", autouse=True)
def jupyter_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Empty Jupyter and IPython folders for every kernel and server that a test starts."""
    home = tmp_path_factory.mktemp("jupyter-home")
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.startswith(("JUPYTER", "IPYTHON")):
                environment.delenv(name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            environment.setenv(name, str(home / name.lower()))
        yield
