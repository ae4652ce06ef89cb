"""The state of a run on disk: what makes two runs the same run, what is saved, kept, verified and gone on from."""
