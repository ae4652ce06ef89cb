import torch

from aurl_core.models.embedding import TiedEmbedding


def test_logits_are_products_with_the_rows_that_tokens_read():
    embedding = TiedEmbedding(5, 4)
    x_BTD = embedding(torch.tensor([[3]]))
    torch.testing.assert_close(embedding.logits(x_BTD)[0, 0], embedding.table.weight @ embedding.table.weight[3])
    assert len(list(embedding.parameters())) == 1
