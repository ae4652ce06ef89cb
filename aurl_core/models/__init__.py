"""Networks. They know tensors, not music."""
