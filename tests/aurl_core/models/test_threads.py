import os

import torch

from aurl_core.models.threads import cpu_threads


def test_threads_are_given_back():
    before = torch.get_num_threads()
    with cpu_threads(3):
        assert torch.get_num_threads() == 3
    with cpu_threads(0):
        assert torch.get_num_threads() == os.cpu_count()
    assert torch.get_num_threads() == before
