"""What is shown of a training while it runs. It changes nothing of what a training computes."""
