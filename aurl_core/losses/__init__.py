"""What networks are taught by: functions from what a network says to one number. They know tensors, and no network."""
