"""The melody: which notes form it, how its phrases move, and which motifs return in it."""
