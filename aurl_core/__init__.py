"""Aurl's library: symbolic music as columns, from MIDI bytes to trained models. It never imports an orchestrator."""
