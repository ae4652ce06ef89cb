"""How well four-part chorales are predicted: nats per 16th step on the standard split of the JSB chorales."""
