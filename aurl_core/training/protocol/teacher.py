"""`Teacher`: a trained network whose predictions a smaller one learns from beside the music (Hinton et al. 2015,
arXiv:1503.02531). How they are weighed is the loss `distillation`. Shapes: B batch, T time, V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor

from aurl_core.models.params import DecoderConfig
from aurl_core.models.registry import Model
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.vocabulary import Vocabulary
from aurl_core.training.protocol.bundles import check_teacher, frozen, load_bundle
from aurl_core.training.protocol.params import ProtocolParams


class Teacher:
    """It is asked and never learns; it is no module, so that no checkpoint, optimizer or count of weights holds it."""

    def __init__(self, model: Model) -> None:
        assert isinstance(model, Transformer)
        self.model = frozen(model)

    @classmethod
    def of(cls, params: ProtocolParams, *, student: DecoderConfig, vocabulary: Vocabulary) -> Teacher | None:
        """The teacher that the settings name; None if they name none."""
        if not params.teacher:
            return None
        model = load_bundle(params, "teacher", vocabulary)
        check_teacher(model, student)
        return cls(model)

    @torch.no_grad()
    def __call__(self, token_ids_BT: Tensor) -> Tensor:
        """logits_BTV of what follows each token."""
        logits_BTV: Tensor = self.model.to(token_ids_BT.device)(token_ids_BT)
        return logits_BTV
