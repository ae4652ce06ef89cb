import hashlib
import json

from aurl_core.corpus.lengths import length_figures
from aurl_core.corpus.manifest import CorpusFigures, SplitFigures, write_manifest
from aurl_core.corpus.splits import LeakFigures
from aurl_core.tokens.losses import Losses

FIGURES = CorpusFigures(
    num_pieces=2,
    num_notes=20,
    num_tokens=50,
    tokens_per_note=2.5,
    vocab_size=774,
    vocabulary_hash="abc",
    losses=Losses(cut_overlaps=3),
    num_off_grid=0,
    rejections={},
    near_duplicates=LeakFigures(1, 0, 2, 2, 1),
    splits={"train": SplitFigures(2, 1, 20, 50, 9.5, length_figures([20, 30], [25]))},
)


def written(folder):
    write_manifest(folder, FIGURES, piece_ids=["p", "q", "r"], clusters=["a", "b", "a"])
    return json.loads((folder / "manifest.json").read_text())


def test_each_file_has_its_hash(tmp_path):
    (tmp_path / "split=train").mkdir()
    (tmp_path / "split=train" / "notes").write_bytes(b"music")
    facts = {"bytes": 5, "sha256": hashlib.sha256(b"music").hexdigest()}
    assert written(tmp_path)["files"] == {"split=train/notes": facts}
    assert written(tmp_path)["files"] == {"split=train/notes": facts}, "the manifest is not in itself"


def test_figures_are_told_as_they_are(tmp_path):
    manifest = written(tmp_path)
    assert manifest["losses"]["cut_overlaps"] == 3
    context = manifest["splits"]["train"]["lengths"]["contexts"]["25"]
    assert context["longer_pieces"] == 0.5
    assert context["policies"]["truncate"] == {"tokens_lost": 0.1, "windows_per_piece": 1.0}


def test_only_shared_clusters_are_listed(tmp_path):
    assert written(tmp_path)["clusters"] == {"a": ["p", "r"]}
