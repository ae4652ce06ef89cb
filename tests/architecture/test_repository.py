"""What may lie in git: nothing large, no music, no sound, no weights, no path of somebody's machine."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LISTED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
TRACKED = [ROOT / name for name in LISTED.split("\0") if name and (ROOT / name).is_file()]
MUSIC = {".mid", ".midi", ".kar", ".mxl", ".wav", ".mp3", ".ckpt", ".pt", ".safetensors", ".sf2", ".parquet"}


def test_no_tracked_file_is_over_a_megabyte():
    assert [path.name for path in TRACKED if path.stat().st_size > 1_000_000] == []


def test_no_music_sound_or_weights_are_tracked():
    assert [path.name for path in TRACKED if path.suffix.lower() in MUSIC] == []


def test_no_path_of_a_machine_is_written_down():
    pattern = re.compile(rb"(?<![\w.~])/(root|opt|home/\w)[/\w]")
    assert [path.name for path in TRACKED if path.suffix != ".png" and pattern.search(path.read_bytes())] == []
