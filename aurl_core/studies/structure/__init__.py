"""Form: how alike the bars of a piece are, where its sections lie, and which of them return."""
