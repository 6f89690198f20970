"""A hostile exported program runs nothing unasked, however its archive is made; sound ones open without a question."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from analysis.network.network import Network
from analysis.protocol.problems import Problem, TrustNeeded
from analysis.protocol.recipe import ModelChoice
from tests.analysis import to_the_end
from tests.analysis.exported_programs import Part, archive_of, exported, harmful, parts_of, with_graph
from tests.analysis.zoo import odd


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)  # where hostile programs leave their traces


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """With a dynamic batch, so that there are expressions in it."""
    return exported("plain", tmp_path_factory.mktemp("sound") / "net.pt2", batch=2, dynamic=True).read_bytes()


def opened(content: bytes, folder: Path) -> Network:
    (folder / "net.pt2").write_bytes(content)
    network = to_the_end.opened(ModelChoice(str(folder / "net.pt2")))
    network.module(odd("plain").example())
    return network


TRACES = "__import__('os').mkdir('traces')"
EXPRESSION = {"as_expr": {"expr_str": TRACES, "hint": {"as_int": 2}}}


def graph_of(program: dict[str, Any]) -> dict[str, Any]:
    graph: dict[str, Any] = program["graph_module"]["graph"]
    return graph


def first_node(program: dict[str, Any]) -> dict[str, Any]:
    node: dict[str, Any] = graph_of(program)["nodes"][0]
    return node


def sizes_of_input(program: dict[str, Any]) -> list[Any]:
    graph = graph_of(program)
    sizes: list[Any] = graph["tensor_values"][graph["inputs"][-1]["as_tensor"]["name"]]["sizes"]
    assert "as_expr" in sizes[0], "the batch is dynamic"
    return sizes


def renamed_input(program: dict[str, Any], name: str) -> None:
    """The picture's tensor under this name, its size an expression that runs."""
    graph = graph_of(program)
    before = graph["inputs"][-1]["as_tensor"]["name"]
    changed = json.loads(json.dumps(program).replace(f'"name": "{before}"', f'"name": "{name}"'))
    program.clear()
    program.update(changed)
    values = graph_of(program)["tensor_values"]
    values[name] = values.pop(before)
    values[name]["sizes"][0] = EXPRESSION


def packed(program: dict[str, Any], kind: str, context: object) -> None:
    level = {"type": kind, "context": context, "children_spec": []}
    program["graph_module"]["module_call_graph"][0]["signature"]["out_spec"] = json.dumps([1, level])


def calling(target: str, *texts: str) -> Callable[[dict[str, Any]], None]:
    def change(program: dict[str, Any]) -> None:
        node = first_node(program)
        node["target"] = target
        if texts:
            node["inputs"] += [{"name": "", "arg": {"as_string": text}, "kind": 1} for text in texts]

    return change


GRAPHS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a function of the system": calling("torch.os.system"),
    "a function that loads": calling("torch.load"),
    "an operator that calls": calling("_operator.methodcaller"),
    "an operation that reads files": calling("torch.ops.aten.from_file.default"),
    "an operation that writes files": calling("torch.ops.aten.save.default", "traces"),
    "the same, without its overload": calling("torch.ops.aten.save", "traces"),
    "a part of the library itself": calling("torch.ops.aten.__setattr__"),
    "a library that is loaded": calling("torch.ops.load_library"),
    "an extension": calling("#os:mkdir"),
    "a list of targets": lambda p: first_node(p).update(target=["torch.load"]),
    "an input with code for a name": lambda p: graph_of(p)["inputs"][0].update({"as_tensor": {"name": f"x={TRACES}"}}),
    "an expression with code in it": lambda p: sizes_of_input(p).__setitem__(0, EXPRESSION),
    "an expression with code in a text": lambda p: sizes_of_input(p).__setitem__(
        0, {"as_expr": {"expr_str": f'Add("{TRACES}", 1)', "hint": {"as_int": 2}}}
    ),
    "a list of expressions": lambda p: sizes_of_input(p).__setitem__(
        0, {"as_expr": {"expr_str": [TRACES], "hint": {"as_int": 2}}}
    ),
    "a group of expressions": lambda p: sizes_of_input(p).__setitem__(
        0, {"as_expr": {"expr_str": {"metadata": TRACES, "guards_code": TRACES}, "hint": {"as_int": 2}}}
    ),
    "an expression that takes for ever": lambda p: sizes_of_input(p).__setitem__(
        0, {"as_expr": {"expr_str": "Pow(9, Pow(9, Pow(9, 9)))", "hint": {"as_int": 2}}}
    ),
    "a tensor called as what is passed over": lambda p: renamed_input(p, "guards_code"),
    "a tensor called as what is for its reader": lambda p: renamed_input(p, "metadata"),
    "a tensor called as a group of tensors": lambda p: renamed_input(p, "tensor_values"),
    "a tensor called as how answers are packed": lambda p: renamed_input(p, "in_spec"),
    "an answer that imports": lambda p: packed(
        p,
        "collections.defaultdict",
        {"default_factory_module": "traces_maker", "default_factory_name": "make", "dict_context": []},
    ),
    "an answer whose names import": lambda p: packed(
        p, "builtins.dict", '[{"__enum__": true, "fqn": "traces_maker:A", "name": "B"}]'
    ),
    "a module with code for a name": lambda p: first_node(p)["metadata"].update(
        nn_module_stack=f"L__self__,,Net;a,a');{TRACES},Net"
    ),
    "a module whose key hides its name": lambda p: first_node(p)["metadata"].update(
        nn_module_stack="L__self__,,Net;L(,x,b),a'b c(),Net"
    ),
}


@pytest.mark.parametrize("kind", GRAPHS)
def test_that_a_hostile_description_is_asked_about(kind: str, sound: bytes, tmp_path: Path) -> None:
    (tmp_path / "traces_maker.py").write_text("import os\nos.mkdir('traces')\ndef make(): ...\n")
    with pytest.raises(TrustNeeded, match="which can run as a program"):
        opened(with_graph(sound, GRAPHS[kind]), tmp_path)
    assert not (tmp_path / "traces").exists()


def test_that_guards_of_a_program_are_never_run(sound: bytes, tmp_path: Path) -> None:
    opened(with_graph(sound, lambda program: program.update(guards_code=[TRACES])), tmp_path)
    assert not (tmp_path / "traces").exists()


PICKLES = ("data/sample_inputs/model.pt", "data/weights/model.pt", "data/constants/model.pt")


def hostile_archives(sound: bytes, pickle: bytes) -> dict[str, bytes]:
    """Archives whose readers may differ on what is in them; each holds a pickle that runs somewhere."""
    parts = parts_of(sound)
    folder = parts[0][0].partition("/")[0]
    made: dict[str, bytes] = {}

    def add(what: str, *more: Part) -> None:
        inside = [(f"{folder}/{name}", content) for name, content in more]
        made[f"{what}, last"] = archive_of([*parts, *inside])
        made[f"{what}, first"] = archive_of([*inside, *parts])

    for name in PICKLES:
        replaced = archive_of((one, pickle if one == f"{folder}/{name}" else content) for one, content in parts)
        made[f"{name} itself"] = replaced
        add(name, (name, pickle))
        add(f"{name} in capitals", (name.upper(), pickle))
        add(f"{name} partly in capitals", (name.replace("model", "Model"), pickle))
        add(f"{name} with a slash too many", (name.replace("/", "//", 1), pickle))
        add(f"{name} by a detour", (f"models/../{name}", pickle))
        add(f"{name} with the other slash", (name.replace("/", "\\"), pickle))
        made[f"{name} of two archives, the sound one last"] = replaced + sound
        made[f"{name} of two archives, the sound one first"] = sound + replaced
        made[f"{name} in another folder, first"] = archive_of([(f"other/{name}", pickle), *parts])
        made[f"{name} in another folder, last"] = archive_of([*parts, (f"other/{name}", pickle)])
        made[f"{name} in no folder"] = archive_of([(name, pickle), *parts])
    for name in ("custom_obj_0", "opaque_obj_0", "opaque_obj_config.json"):
        add(f"constant {name}", (f"data/constants/{name}", pickle))
    config = {"path_name": "opaque_obj_0", "is_param": False, "use_pickle": False, "tensor_meta": None}
    for path in ("opaque_obj_0", "custom_obj_0", "tensor_0/../opaque_obj_0", "../sample_inputs/model.pt"):
        listed = json.dumps({"config": {"x": {**config, "path_name": path}}}).encode()
        others = [(one, listed if one.endswith("constants_config.json") else part) for one, part in parts]
        made[f"a constant kept in {path}"] = archive_of([*others, (f"{folder}/data/constants/opaque_obj_0", pickle)])
    for kind in ("weights", "constants"):
        listed = json.dumps({"config": {"x": {**config, "path_name": "tensor_0", "use_pickle": True}}}).encode()
        others = [(one, listed if one.endswith(f"{kind}_config.json") else part) for one, part in parts]
        made[f"a pickle among the {kind}"] = archive_of([*others, (f"{folder}/data/{kind}/tensor_0", pickle)])
    for name in ("model.so", "model.wrapper.cpp", "weights_config.json"):
        add(f"machine code, {name}", (f"data/aotinductor/model/{name}", b"\x7fELF"))
    add("a program", ("data/code.py", b"import os"))
    add("a second description", ("models/model.JSON", b"{}"))
    add("a description elsewhere", ("models/deeper/model.json", b"{}"))
    return made


def test_that_no_hostile_archive_runs_anything(sound: bytes, tmp_path: Path) -> None:
    """What torch is given holds only what was looked at, so some of them are simply sound."""
    made = hostile_archives(sound, harmful(tmp_path / "traces"))
    assert len(made) > 60
    ends = {what: ending(content, tmp_path) for what, content in made.items()}
    assert set(ends.values()) <= {"opened", "asked", "refused"}, ends
    assert list(ends.values()).count("asked") > 40


def ending(content: bytes, folder: Path) -> str:
    end = "opened"
    try:
        opened(content, folder)
    except TrustNeeded:
        end = "asked"
    except Problem as problem:
        end = "refused" if "no exported program that" in str(problem) else str(problem)
    return "ran" if (folder / "traces").exists() else end


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_that_a_description_in_other_letters_is_none(encoding: str, sound: bytes, tmp_path: Path) -> None:
    parts = [(n, c.decode().encode(encoding) if n.endswith("model.json") else c) for n, c in parts_of(sound)]
    with pytest.raises(Problem, match="no exported program that this torch can read") as said:
        opened(archive_of(parts), tmp_path)
    assert not isinstance(said.value, TrustNeeded)


def test_that_an_archive_that_unpacks_to_more_than_there_is_is_not_unpacked(
    sound: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.opening.exported_program_vetting.LARGEST_UNPACKED", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.pt2", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of(sound):
            archive.writestr(name, content)
        archive.writestr("net/data/weights/weight_99", bytes(20 << 20))
    with pytest.raises(TrustNeeded, match="more than can be checked"):
        opened((tmp_path / "bomb.pt2").read_bytes(), tmp_path)


def test_that_what_is_loaded_is_what_was_looked_at(
    sound: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when another file takes its place meanwhile."""
    from analysis.opening import exported_program_vetting as vetting

    hostile = archive_of((n, harmful(tmp_path / "traces") if n.endswith(".pt") else c) for n, c in parts_of(sound))
    looked = vetting.vetted_graph

    def swapping(content: object) -> object:
        (tmp_path / "net.pt2").write_bytes(hostile)
        return looked(content)

    monkeypatch.setattr(vetting, "vetted_graph", swapping)
    opened(sound, tmp_path)
    assert not (tmp_path / "traces").exists()


class Packing(torch.nn.Module):
    """Answers in the ways that networks do."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.layers = torch.nn.ModuleDict({"first": torch.nn.Conv2d(3, 4, 3, stride=2), "größe": torch.nn.PReLU(4)})
        self.register_buffer("scale", torch.tensor(2.0))

    def forward(self, x: torch.Tensor) -> object:
        x = self.layers["größe"](self.layers["first"](x)) * self.scale + torch.tensor([1.0])
        scores = torch.nn.functional.interpolate(x, scale_factor=2).pow(2).mean((2, 3))
        ways = {"tuple": (scores, x), "list": [scores, x], "dict": {"logits": scores, "map": x}, "plain": scores}
        return ways[self.how]


@pytest.mark.parametrize("how", ["plain", "tuple", "list", "dict"])
@pytest.mark.parametrize("sizes", [False, True])
def test_that_sound_programs_open_without_a_question(how: str, sizes: bool, tmp_path: Path) -> None:
    axes: dict[int, Any] = {0: torch.export.Dim("batch")}
    if sizes:
        axes |= {2: torch.export.Dim("height", min=16, max=64), 3: torch.export.Dim("width", min=16, max=64)}
    module, picture = Packing(how).eval(), torch.rand(2, 3, 32, 32)
    program = torch.export.export(module, (picture,), dynamic_shapes=(axes,))
    torch.export.save(program, tmp_path / "net.pt2", extra_files={"notes/größe.txt": "words"})
    network = to_the_end.opened(ModelChoice(str(tmp_path / "net.pt2")))
    torch.testing.assert_close(network.module(picture), module(picture))
    assert network.node("layers.first").type == "Conv2d"


def test_that_a_program_of_torch_2_7_opens_without_a_question(tmp_path: Path) -> None:
    from torch._export.serde.serialize import serialize

    one = odd("plain")
    made = serialize(torch.export.export(one.module(), (one.example(),)))
    parts = {
        "serialized_exported_program.json": made.exported_program,
        "serialized_state_dict.pt": made.state_dict,
        "serialized_constants.pt": made.constants,
        "serialized_example_inputs.pt": made.example_inputs,
        "version": ".".join(map(str, schema_version())).encode(),
    }
    network = opened(archive_of(parts.items()), tmp_path)
    torch.testing.assert_close(network.module(one.example()), one.module()(one.example()))
    for name in ("serialized_state_dict.pt", "serialized_constants.pt", "serialized_example_inputs.pt"):
        hostile = archive_of((parts | {name: harmful(tmp_path / "traces")}).items())
        if name == "serialized_example_inputs.pt":
            opened(hostile, tmp_path)
        else:
            with pytest.raises(TrustNeeded, match="a pickle that is more than numbers"):
                opened(hostile, tmp_path)
        assert not (tmp_path / "traces").exists()


def schema_version() -> tuple[int, int]:
    from torch._export.serde.schema import SCHEMA_VERSION

    return SCHEMA_VERSION
