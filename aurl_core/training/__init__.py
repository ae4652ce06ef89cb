"""From a corpus and a model to a trained model. The only room that knows pytorch_lightning."""
