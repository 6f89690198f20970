"""What every attack gives besides its picture."""

from collections.abc import Mapping

NUMBERS: Mapping[str, str] = {
    "result": "the changed picture, height × width × channels from 0 to 1",
    "original": "the picture before, height × width × channels from 0 to 1",
    "classes": "the class that the network answers after every step, the first before any",
    "confidence": "the probability of each of these answers",
    "loss": "the loss after every step, of the class that is left or aimed at",
    "changes": "‖x − x̌‖ / ‖x‖ after every step, in %",
    "ratio": "‖x − x̌‖ / ‖x‖ of the result, in %",
    "largest": "the largest change of one value of the result, in levels",
    "fooled_tensor": "whether the network is fooled by the result",
    "fooled_file": "whether it is fooled by a file of the result, whose values are whole levels, when that is opened; "
    "not of more than three planes, which no file holds",
    "layers": "the layers, in the order of the network",
    "layer_changes": "how far the output of each is from what it was before, in % of its length",
    "units": "the units of each layer whose maps change most, −1 where it has fewer",
    "unit_changes": "how far each of these maps is from what it was, in % of the layer's length",
    "lights": "what makes the attack mislead, by the names of its lights",
}
