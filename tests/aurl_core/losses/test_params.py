import pytest
from pydantic import ValidationError

from aurl_core.losses.params import FAMILY_OF, NAMES, LossParams, PlayersParams


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"weights": {"voice_leding": 1}},
            "losses.weights voice_leding: no such component; there are token_cross_entropy",
        ),
        ({"weights": {}}, "at least one component must be on"),
        ({"weights": {"kl": 0}}, "each must be a number above 0; leave out what is off"),
        ({"weights": {"kl": float("nan")}}, "each must be a number above 0"),
        ({"lowest_pitch": 80, "highest_pitch": 70}, "losses.lowest_pitch 80 must be below highest_pitch 70"),
        ({"players": {"lowest_accuracy": 0.9}}, "lowest_accuracy 0.9 must be below highest_accuracy 0.85"),
        ({"balance": "fair"}, "'fixed', 'uncertainty' or 'equal'"),
        ({"token_weights": {"note": 0}}, "greater than 0"),
    ],
)
def test_what_cannot_be_used_is_an_error_at_load(settings, message):
    with pytest.raises(ValidationError, match=message.replace(".", r"\.")):
        LossParams(**settings)


def test_every_name_that_an_error_lists_can_be_used():
    assert LossParams(weights=dict.fromkeys(FAMILY_OF, 1)).names_on() == tuple(FAMILY_OF)


def test_a_name_is_of_one_family():
    assert len(FAMILY_OF) == sum(map(len, NAMES.values()))


def test_by_default_the_weighted_tokens_alone_are_on():
    params = LossParams()
    assert params.names_on() == ("token_cross_entropy",)
    assert params.token_weights.model_dump() == {"note": 3, "time": 2, "velocity": 1.5, "other": 1}
    assert params.players == PlayersParams(lowest_accuracy=0.55, highest_accuracy=0.85, memory=0.9)


def test_the_players_have_their_own_components():
    params = LossParams(weights={"hinge_critic": 1, "hinge_generator": 0.1, "focal": 1})
    assert params.names_on(["critic"]) == ("hinge_critic",)
    assert params.names_on(["tokens", "generator"]) == ("focal", "hinge_generator")


def test_a_mode_that_lacks_a_family_is_told_of():
    params = LossParams(weights={"kl": 1, "focal": 1, "hinge_critic": 1})
    params.check_families(["tokens", "latents", "critic"], mode="vae_gan")
    with pytest.raises(ValueError, match="kl, hinge_critic: needs latents and critic, which"):
        params.check_families(["tokens"], mode="transformer")
