"""Every technique there is, in the order of the method list. Adding one is its own file and one line here.

The files import torch only where a run starts, so this list is at hand at once.
"""

from difflib import get_close_matches
from importlib.util import find_spec

from analysis.methods.activations import Activations
from analysis.methods.adversaries.ddn import Ddn
from analysis.methods.adversaries.deepfool import DeepFool
from analysis.methods.adversaries.fgsm import Fgsm
from analysis.methods.adversaries.loss_ascent import LossAscent
from analysis.methods.adversaries.pgd import Pgd
from analysis.methods.adversaries.sphere import Sphere
from analysis.methods.class_maps.ablation_cam import AblationCam
from analysis.methods.class_maps.cam import Cam
from analysis.methods.class_maps.eigen_cam import EigenCam
from analysis.methods.class_maps.grad_cam import GradCam
from analysis.methods.class_maps.grad_cam_plus_plus import GradCamPlusPlus
from analysis.methods.class_maps.guided_grad_cam import GuidedGradCam
from analysis.methods.class_maps.hires_cam import HiResCam
from analysis.methods.class_maps.layer_cam import LayerCam
from analysis.methods.class_maps.score_cam import ScoreCam
from analysis.methods.derivatives.deconvolution import Deconvolution
from analysis.methods.derivatives.full_grad import FullGrad
from analysis.methods.derivatives.gradient import Gradient
from analysis.methods.derivatives.guided import Guided
from analysis.methods.derivatives.input_x_gradient import InputXGradient
from analysis.methods.derivatives.integrated_gradients import IntegratedGradients
from analysis.methods.derivatives.local_irregularity import LocalIrregularity
from analysis.methods.derivatives.smoothgrad import SmoothGrad
from analysis.methods.dropout.effect import DropoutEffect
from analysis.methods.dropout.masks import DropoutMasks
from analysis.methods.dropout.matrix import DropoutMatrix
from analysis.methods.embeddings.k_means import KMeans
from analysis.methods.embeddings.pacmap import PaCMap
from analysis.methods.embeddings.pca import Pca
from analysis.methods.embeddings.swiss_roll import SwissRoll
from analysis.methods.embeddings.tsne import Tsne
from analysis.methods.embeddings.umap import Umap
from analysis.methods.fields.designer import FieldDesigner
from analysis.methods.fields.effective_field import EffectiveField
from analysis.methods.fields.pool_routing import PoolRouting
from analysis.methods.fields.receptive_field import ReceptiveField
from analysis.methods.fields.sliding_filter import SlidingFilter
from analysis.methods.fooling.cppn import FoolingCppn
from analysis.methods.fooling.direct import FoolingDirect
from analysis.methods.graphs.network_graph import NetworkGraph
from analysis.methods.known import make_known
from analysis.methods.lines.lines import Lines
from analysis.methods.method import AsksOfMore, Family, Method, NamesItsTarget
from analysis.methods.occlusion.occlusion import Occlusion
from analysis.methods.occlusion.occlusion_loss import OcclusionLoss
from analysis.methods.perturbation.rise import Rise
from analysis.methods.populations.distribution import Distribution
from analysis.methods.populations.top_nine import TopNine
from analysis.methods.scenes.prediction import Prediction
from analysis.methods.settings import configured
from analysis.methods.synthesis.ascent import Ascent
from analysis.methods.synthesis.deepdream import DeepDream
from analysis.methods.synthesis.edge_energy import EdgeEnergy
from analysis.methods.synthesis.fourier import Fourier
from analysis.methods.synthesis.maco import Maco
from analysis.methods.synthesis.priors import Priors
from analysis.methods.synthesis.reality_check import RealityCheck
from analysis.methods.synthesis.yosinski import Yosinski
from analysis.methods.training.checkpoints import Checkpoints
from analysis.methods.training.monitor import Monitor
from analysis.methods.training.monitor_own import MonitorOwn
from analysis.methods.trust.insertion_deletion import InsertionDeletion
from analysis.methods.trust.randomisation import Randomisation
from analysis.methods.trust.sensitivity import Sensitivity
from analysis.methods.weights.filters import Filters
from analysis.methods.weights.histogram import WeightHistogram
from analysis.methods.weights.of_layers import WeightsOfLayers
from analysis.methods.weights.singular_values import SingularValues
from analysis.methods.weights.statistics import WeightStatistics
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe
from analysis.protocol.target import Target, parse

# What is there only where a person installed what it needs: the technique, its package, and the extra that brings it.
WHERE_INSTALLED: tuple[tuple[type[Method], str, str], ...] = ((Umap, "umap", "maps"), (PaCMap, "pacmap", "maps"))

METHODS: tuple[type[Method], ...] = (
    Activations,
    Gradient,
    InputXGradient,
    SmoothGrad,
    IntegratedGradients,
    FullGrad,
    Deconvolution,
    Guided,
    Cam,
    GradCam,
    GradCamPlusPlus,
    LayerCam,
    HiResCam,
    ScoreCam,
    AblationCam,
    EigenCam,
    GuidedGradCam,
    LocalIrregularity,
    Occlusion,
    OcclusionLoss,
    Rise,
    Randomisation,
    InsertionDeletion,
    Sensitivity,
    LossAscent,
    Fgsm,
    Pgd,
    Ddn,
    DeepFool,
    Sphere,
    FoolingDirect,
    FoolingCppn,
    EdgeEnergy,
    Ascent,
    Fourier,
    Yosinski,
    Maco,
    DeepDream,
    Priors,
    RealityCheck,
    Filters,
    WeightStatistics,
    WeightHistogram,
    SingularValues,
    WeightsOfLayers,
    TopNine,
    Distribution,
    ReceptiveField,
    EffectiveField,
    PoolRouting,
    SlidingFilter,
    FieldDesigner,
    NetworkGraph,
    Lines,
    Monitor,
    MonitorOwn,
    Tsne,
    Pca,
    KMeans,
    *(technique for technique, package, _ in WHERE_INSTALLED if find_spec(package) is not None),
    SwissRoll,
    Checkpoints,
    DropoutMasks,
    DropoutMatrix,
    DropoutEffect,
    Prediction,
)

make_known(METHODS)


def members(of: Family) -> tuple[type[Method], ...]:
    """The techniques of a family, in the order of the list."""
    return tuple(technique for technique in METHODS if technique.family == of)


def target_of(recipe: Recipe) -> Target | None:
    """What the recipe's method explains, which its target or its settings say; None if it explains nothing."""
    technique = method(recipe.method)
    if "target" in technique.asks:
        return parse(recipe.target)
    asked = configured(technique, recipe.settings)
    return asked.explains() if isinstance(asked, NamesItsTarget) else None


def about_words(recipe: Recipe, target: str) -> str:
    """What the recipe's method asks about, `target` being its target in words."""
    technique = method(recipe.method)
    if not issubclass(technique, AsksOfMore):
        return target
    asked = configured(technique, recipe.settings)
    assert isinstance(asked, AsksOfMore)
    more = asked.asks_of_more()
    return {"no": target, "too": f"{target} and more"}.get(more, more)


def method(name: str) -> type[Method]:
    """The technique of this name, or one sentence with the nearest ones."""
    named = {technique.name: technique for technique in METHODS}
    if name in named:
        return named[name]
    for technique, package, extra in WHERE_INSTALLED:
        if technique.name == name:
            raise Problem(
                f"{technique.title} needs {package}, which is not installed: "
                f"say pip install “underhood[{extra}]” and begin again."
            )
    near = get_close_matches(name, named, n=3, cutoff=0.4)
    advice = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(named)}."
    raise Problem(f"There is no method “{name[:60]}”: {advice}")
