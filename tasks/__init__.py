"""The pipeline's stages, one a file, and the doors through which they are run."""
