"""What the pieces of a corpus are like: a table of one row a piece, outliers, a page."""
