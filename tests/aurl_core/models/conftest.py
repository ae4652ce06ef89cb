import pytest

from aurl_core.models.threads import cpu_threads


@pytest.fixture(autouse=True)
def one_thread():
    """Very small tensors: a second thread would only wait."""
    with cpu_threads(1):
        yield
