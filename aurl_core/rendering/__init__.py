"""The other shore: from scores to MIDI, MusicXML, audio and pictures."""
