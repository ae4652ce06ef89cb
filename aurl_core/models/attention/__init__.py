"""Ways of looking back, and the memory that makes looking back cheap."""
