"""One shore: from files in any format to scores, with every rejection and repair on record."""
