"""Files with weights: reading them without running their code, and fitting them to an architecture."""

import pickle
import re
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from os.path import isfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from analysis.opening.consent import Consent
from analysis.opening.uncompiled import WRAPPED
from analysis.protocol.problems import Problem, in_one_line

NESTED = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "module")
PREFIXES = ("module.", "model.", "net.", "network.", "backbone.")
SHOWN = 3
_DAMAGED = "{} is damaged or no file of torch: its weights cannot be read."


class Weights(dict[str, Tensor]):
    """The tensors of a file by name; `versions` of the layers that wrote them, by path, where the file says so."""

    versions: Mapping[str, int]


def read_weights(file: Path, consent: Consent) -> Weights:
    """The tensors of a file by name; a pickle that would run code needs the person's consent."""
    content = read_safetensors(file) if is_safetensors(file) else read_pickle(file, consent)
    if isinstance(content, nn.Module):
        content = content.state_dict()
    found = tensors_in(content)
    if not found:
        raise Problem(
            f"{file.name} holds no weights by name; it needs a state dict (torch.save(model.state_dict(), …))."
        )
    return found


def _versions(content: object) -> dict[str, int]:
    """What torch.save keeps beside the tensors: some layers read older versions of themselves otherwise."""
    said = getattr(content, "_metadata", None)
    versions = {}
    for path, of_layer in said.items() if isinstance(said, Mapping) else ():
        version = of_layer.get("version") if isinstance(of_layer, Mapping) else None
        if isinstance(path, str) and isinstance(version, int):
            versions[f"{path}.".replace(f"{WRAPPED}.", "").rstrip(".")] = version
    return versions


def read_safetensors(file: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    _must_exist(file)
    try:
        found: dict[str, Tensor] = load_file(file)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise Problem(f"{file.name} is not a whole safetensors file: {in_one_line(error)}.") from error
    return found


def read_pickle(file: Path, consent: Consent, notes: list[str] | None = None) -> object:
    """Whatever torch.save wrote into the file; only plain data unless the person agreed to it, then also a network.

    Of a checkpoint that holds a whole network among other things it is the network. `notes` gets what was assumed.
    """
    _must_exist(file)
    if is_torchscript(file):
        raise Problem(f"{file.name} is a TorchScript archive: open it as the network itself, not as its weights.")
    if is_exported_program(file):
        raise Problem(f"{file.name} is an exported program: open it as the network itself, not as its weights.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pickle protocols that torch may not read: it says so again when it fails
        try:
            with file.open("rb") as stream:  # by its name alone torch would take it for safetensors
                plain: object = torch.load(stream, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            if not _is_pickle(file):
                raise Problem(_DAMAGED.format(file.name)) from error
        except Exception as error:  # a damaged file can fail in any way
            raise Problem(_DAMAGED.format(file.name)) from error
        else:
            return plain
        reason = f"{file.name} is a pickle that runs code when it is opened, not only weights."
        program = consent.content_to_run(file, reason)
        from analysis.opening.pickled import read_trusted

        content = read_trusted(file, program, consent, notes)
    inner = [content.get(key) for key in NESTED] if isinstance(content, Mapping) else []
    return next((one for one in inner if isinstance(one, nn.Module)), content)


def _is_pickle(file: Path) -> bool:
    """Whether a file that `weights_only` refused is a sound pickle that wants to call something."""
    with file.open("rb") as stream:
        start = stream.read(2)
    return zipfile.is_zipfile(file) or (start[:1] == b"\x80" and start[1:] in (b"\x02", b"\x03", b"\x04", b"\x05"))


def is_safetensors(file: Path) -> bool:
    """By its beginning, the length of a header in braces; what is neither that nor an archive, by its name."""
    try:
        with file.open("rb") as stream:
            start = stream.read(9)
    except (OSError, ValueError):
        start = b""
    by_name = file.suffix.lower() == ".safetensors" and not start.startswith((b"PK", b"\x80"))
    return by_name or (start[8:] == b"{" and start[5:8] == b"\0\0\0")


def is_torchscript(file: Path) -> bool:
    return _has_part(file, r"(^|/)code/.*\.py")


def is_exported_program(file: Path) -> bool:
    return _has_part(file, r"(^|/)(models/.*\.json|serialized_exported_program\.json)")


def _has_part(file: Path, name: str) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return any(re.search(f"{name}$", one) for one in archive.namelist())
    except Exception:  # what is damaged can fail in any way
        return False


def fit(module: nn.Module, weights: Mapping[str, Tensor], file: Path, title: str) -> tuple[str, ...]:
    """Puts the weights into the module. The notes say what had to be adapted: names, or the number of classes."""
    wanted = module.state_dict()
    versions = getattr(weights, "versions", {})
    weights = {name.replace(f"{WRAPPED}.", ""): value for name, value in weights.items()}  # of parts that were compiled
    count = len(weights)
    all_of_it, weights = weights, _best_names(weights, wanted)
    notes = []
    if count > len(weights):
        notes.append(f"{file.name} holds {count - len(weights)} tensors beside the network, which are left out.")
    differing = [name for name in wanted if name in weights and not _same_shape(wanted[name], weights[name])]
    if differing and (classes := _widened_head(module, weights, differing)) is not None:
        notes.append(
            f"{file.name} tells {classes[1]} classes apart instead of {classes[0]}; the last layer was fitted."
        )
        wanted = module.state_dict()
        differing = []
    missing = [name for name in wanted if name not in weights and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in weights if name not in wanted]
    if missing or unexpected or differing:
        complaints = [
            f"{len(missing)} {_are(missing)} missing ({_some(missing)})" if missing else "",
            f"{len(unexpected)} of the file {_are(unexpected)} not in it ({_some(unexpected)})" if unexpected else "",
            f"{len(differing)} {_are(differing)} of another shape ({_shapes(differing, weights, wanted)})"
            if differing
            else "",
        ]
        raise Problem(
            f"The weights in {file.name} do not fit {title}: of its {len(wanted)} tensors, "
            f"{', '.join(c for c in complaints if c)}. Choose the architecture they were trained with."
        )
    empty = [name for name, value in weights.items() if value.is_meta]
    if empty:
        raise Problem(
            f"{file.name} holds shapes without numbers ({_some(empty)}): save the weights once they are there."
        )
    try:
        state = OrderedDict((name, value.to_dense()) for name, value in weights.items())
        state._metadata = _metadata(module, versions, _dropped(all_of_it, weights))  # type: ignore[attr-defined]
        module.load_state_dict(state, strict=False)
    except Exception as error:  # torch converts some tensors to no other, and layers may have ways of their own
        raise Problem(f"The weights in {file.name} cannot be put into {title}: {in_one_line(error)}.") from error
    return tuple(notes)


def _metadata(module: nn.Module, versions: Mapping[str, int], prefix: str) -> dict[str, dict[str, int]]:
    """The versions of the layers that wrote the weights or, where the file does not say, of those that read them."""
    return {
        path: {"version": versions.get(f"{prefix}{path}".rstrip("."), layer._version)}
        for path, layer in module.named_modules(remove_duplicate=False)
    }


def _dropped(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> str:
    """What stood before all names."""
    for name, value in after.items():
        for longer, same in before.items():
            if same is value and longer.endswith(name):
                return longer.removesuffix(name)
    return ""


def _same_shape(wanted: Tensor, given: Tensor) -> bool:
    """A lazy layer takes the shape of the weights that it gets."""
    return is_lazy(wanted) or wanted.shape == given.shape


def _must_exist(file: Path) -> None:
    if not isfile(file):
        raise Problem(f"There is no file {file}.")


def tensors_in(content: object) -> Weights:
    """The tensors by name, wherever in a checkpoint they are."""
    if not isinstance(content, Mapping):
        return Weights()
    for key in NESTED:
        inner = content.get(key)
        if isinstance(inner, Mapping) and (found := tensors_in(inner)):
            return found
    groups = [inner for inner in content.values() if _is_state_dict(inner)]
    if len(groups) == 1:  # under a name that its author chose
        return tensors_in(groups[0])
    weights = Weights({str(name): value for name, value in content.items() if isinstance(value, Tensor)})
    weights.versions = _versions(content)
    return weights


def _is_state_dict(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(one, Tensor) for one in value.values())


def _best_names(weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Under the names that fit best: wrappers such as DataParallel and compile put a prefix before all of them.

    What stands beside a network that is whole under its prefix, such as the weights of a loss, is left out.
    """
    best = weights
    todo = [weights]
    while todo:
        current = todo.pop()
        if sum(name in wanted for name in current) > sum(name in wanted for name in best):
            best = current
        todo += [
            {name.removeprefix(prefix): value for name, value in current.items()}
            for prefix in PREFIXES
            if current and all(name.startswith(prefix) for name in current)
        ]
    for prefix in PREFIXES if not best.keys() >= wanted.keys() else ():
        part = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        if part.keys() >= wanted.keys():
            return part
    return best


def _widened_head(module: nn.Module, weights: Mapping[str, Tensor], differing: list[str]) -> tuple[int, int] | None:
    """Gives the classifier as many outputs as the file has, if that is all that differs; old and new number."""
    owners = {name.rpartition(".")[0] for name in differing}
    last = [name for name, layer in module.named_modules() if isinstance(layer, (nn.Linear, nn.Conv2d))][-1:]
    if not set(last) <= owners:
        return None
    counts: set[tuple[int, int]] = set()
    new: dict[str, nn.Module] = {}
    for path in owners:
        layer = module.get_submodule(path)
        given = weights.get(f"{path}.weight")
        if not isinstance(layer, (nn.Linear, nn.Conv2d)) or given is None or given.shape[1:] != layer.weight.shape[1:]:
            return None
        counts.add((layer.weight.shape[0], given.shape[0]))
        new[path] = _with_outputs(layer, given.shape[0])
    if len(counts) != 1:
        return None
    for path, layer in new.items():
        parent, _, name = path.rpartition(".")
        setattr(module.get_submodule(parent), name, layer)
    return counts.pop()


def _with_outputs(layer: nn.Linear | nn.Conv2d, outputs: int) -> nn.Module:
    bias = layer.bias is not None
    if isinstance(layer, nn.Linear):
        return nn.Linear(layer.in_features, outputs, bias)
    settings: dict[str, Any] = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
    return nn.Conv2d(layer.in_channels, outputs, layer.kernel_size, bias=bias, **settings)  # type: ignore[arg-type]


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def _shapes(names: list[str], weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> str:
    said = [f"{name} is {_size(weights[name])} instead of {_size(wanted[name])}" for name in names[:SHOWN]]
    return ", ".join(said) + (", …" if len(names) > SHOWN else "")


def _size(tensor: Tensor) -> str:
    return "×".join(str(n) for n in tensor.shape) or "one number"
