"""Every technique there is, in the order of the method list. Adding one is its own file and one line here.

The files import torch only where a run starts, so this list is at hand at once.
"""

from difflib import get_close_matches

from analysis.methods.activations import Activations
from analysis.methods.cam import Cam
from analysis.methods.deconvolution import Deconvolution
from analysis.methods.grad_cam import GradCam
from analysis.methods.grad_cam_plus_plus import GradCamPlusPlus
from analysis.methods.gradient import Gradient
from analysis.methods.guided import Guided
from analysis.methods.guided_grad_cam import GuidedGradCam
from analysis.methods.input_x_gradient import InputXGradient
from analysis.methods.insertion_deletion import InsertionDeletion
from analysis.methods.integrated_gradients import IntegratedGradients
from analysis.methods.layer_cam import LayerCam
from analysis.methods.local_irregularity import LocalIrregularity
from analysis.methods.method import Method
from analysis.methods.occlusion import Occlusion
from analysis.methods.occlusion_loss import OcclusionLoss
from analysis.methods.randomisation import Randomisation
from analysis.methods.rise import Rise
from analysis.methods.score_cam import ScoreCam
from analysis.methods.sensitivity import Sensitivity
from analysis.methods.smoothgrad import SmoothGrad
from analysis.protocol.problems import Problem

METHODS: tuple[type[Method], ...] = (
    Activations,
    Gradient,
    InputXGradient,
    SmoothGrad,
    IntegratedGradients,
    Deconvolution,
    Guided,
    Cam,
    GradCam,
    GradCamPlusPlus,
    LayerCam,
    ScoreCam,
    GuidedGradCam,
    LocalIrregularity,
    Occlusion,
    OcclusionLoss,
    Rise,
    InsertionDeletion,
    Randomisation,
    Sensitivity,
)


def method(name: str) -> type[Method]:
    """The technique of this name, or one sentence with the nearest ones."""
    named = {technique.name: technique for technique in METHODS}
    if name in named:
        return named[name]
    near = get_close_matches(name, named, n=3, cutoff=0.4)
    advice = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(named)}."
    raise Problem(f"There is no method “{name}”: {advice}")
