"""What is learned from many trainings: which settings are good, and what more size and more music would give.

One training is the business of the room below, training/, which knows nothing of this one.
"""
