"""A training given away: its run as one file, the network of a checkpoint as a model. No stage is made of it."""
