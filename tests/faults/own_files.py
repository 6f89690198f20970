"""Python files of a person's own in which something goes wrong: what they raise, answer with, and leave behind."""

import contextlib
import functools
import io
import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.protocol.problems import Problem
from tests.faults.attempt import Case

HEAD = """
import os, signal, sys, threading, time
import torch
from torch import nn
from torch.nn import functional

class Stop(BaseException):
    pass

class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")
    __repr__ = __str__

class Wordless(BaseException):
    def __str__(self):
        raise Stop
    __repr__ = __str__

class Untold(Exception):
    def __str__(self):
        return 5

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.act = nn.ReLU()
        self.head = nn.Linear(4, 3)
        self.calls = 0
    def features(self, x):
        return self.act(self.first(x))
    def plain(self, x):
        return self.head(self.features(x).mean((2, 3)))
    def forward(self, x):
        self.calls += 1
        return self.plain(x)
"""

RAISED = (
    *("Stop", "Stop('so')", "GeneratorExit", "KeyboardInterrupt", "SystemExit", "SystemExit('so')", "StopIteration"),
    *("StopAsyncIteration", "Mute", "Wordless", "Untold", "MemoryError", "RecursionError", "OSError(5)", "KeyError(3)"),
    *("NotImplementedError", "UnicodeDecodeError('utf-8', b'x', 0, 1, 'so')", "AssertionError", "AttributeError"),
    *("BaseExceptionGroup('many', [Stop(), Mute()])", "torch.OutOfMemoryError('full')", "SyntaxError('so')"),
    *("Warning('a\\nb\\n\\nc')", "Exception('x' * 100000)", "Exception('\\x00\\x1b[31m')", "BrokenPipeError"),
)

# Where in the life of a network it raises.
PLACES = {
    "forward": """
def forward(self, x):
    raise {}
""",
    "later forward": """
def forward(self, x):
    self.calls += 1
    if self.calls > 1:
        raise {}
    return self.plain(x)
""",
    "forward in time": """
def forward(self, x):
    self.calls += 1
    if self.calls > 6:
        raise {}
    return self.plain(x)
""",
    "constructor": """
def __init__(self):
    raise {}
""",
    "modules": """
def modules(self):
    raise {}
""",
    "named_modules": """
def named_modules(self, *a, **k):
    raise {}
""",
    "named_children": """
def named_children(self):
    raise {}
""",
    "parameters": """
def parameters(self, recurse=True):
    raise {}
""",
    "state_dict": """
def state_dict(self, *a, **k):
    raise {}
""",
    "eval": """
def eval(self):
    raise {}
""",
    "train": """
def train(self, mode=True):
    raise {}
""",
    "to": """
def to(self, *a, **k):
    raise {}
""",
    "_apply": """
def _apply(self, fn, recurse=True):
    raise {}
""",
    "__getattr__": """
def __getattr__(self, name):
    raise {}
""",
    "__call__": """
def __call__(self, x):
    raise {}
""",
    "__hash__": """
def __hash__(self):
    raise {}
""",
    "__repr__": """
def __repr__(self):
    raise {}
""",
    "__deepcopy__": """
def __deepcopy__(self, memo):
    raise {}
""",
    "__del__": """
def __del__(self):
    raise {}
""",
    "type_name": """
def type_name(self):
    raise {}
""",
    "class": """
@property
def __class__(self):
    raise {}
""",
    "hook": """
def plain(self, x):
    y = self.head(self.features(x).mean((2, 3)))
    y.requires_grad and y.register_hook(self.bad)
    return y
def bad(self, *_):
    raise {}
""",
}

ANSWERS = (
    *("self.plain(x).to_sparse()", "self.plain(x).to_sparse_csr()", "self.plain(x).to('meta')", "None", "'words'", "3"),
    *("torch.nested.nested_tensor([self.plain(x)[0]])", "torch.quantize_per_tensor(self.plain(x), .1, 0, torch.qint8)"),
    *("torch.zeros(1).expand(len(x), 10**12)", "torch.zeros(len(x), 1, device='meta').expand(-1, 10**15)"),
    *("self.plain(x).to(torch.complex64)", "self.plain(x) > 0", "self.plain(x).long()", "self.plain(x)[:, :0]"),
    *("self.plain(x)[0, 0]", "self.plain(x)[:0]", "self.plain(x) / 0", "self.plain(x) * float('nan')", "[]", "{}"),
    *(
        "self.plain(x).half()",
        "self.plain(x).bfloat16()",
        "self.plain(x).double()",
        "self.plain(x).to(torch.float8_e5m2)",
    ),
    *("(a := [], a.append(a))[0]", "{'x': {'x': {'logits': self.plain(x)}}}", "self.features(x).to_mkldnn()"),
    *(
        "torch.empty(0, 3)",
        "torch.zeros([1] * 30)",
        "x.new_zeros(len(x), 3, 0, 5)",
        "self.first",
        "type(x)",
        "iter([x])",
    ),
    *("self.plain(x)[:, None, None, None, None]", "x.permute(3, 2, 1, 0)", "nn.Parameter(self.plain(x))", "self"),
    *(
        "x.as_subclass(type('T', (torch.Tensor,), {}))",
        "torch.view_as_complex(torch.stack([self.plain(x)] * 2, -1)).conj()",
    ),
    *("torch.zeros(len(x), 3).fill_(1e38) * 10", "[self.plain(x).to_sparse(), self.plain(x)]", "torch.Generator()"),
)

# The whole of a file after its head, whose `make` makes the network.
WHOLE = {
    "nothing": "",
    "no function": "make = 3",
    "no network": """
def make():
    return 3
""",
    "a class": "make = Net",
    "arguments": """
def make(a, b):
    return Net()
""",
    "syntax": """
def make(:

""",
    "indentation": """
def make():
return 1
""",
    "null": "make = 1\x00",
    "import": """
import nothing_of_this_name

""",
    "exit": "sys.exit(3)",
    "module getattr": """
def __getattr__(name):
    raise Stop
""",
    "odd function": """
class Odd:
    def __getattribute__(self, name):
        raise Stop
    def __call__(self):
        raise Stop
make = Odd()
""",
    "prints": """
def make():
    print('words', file=sys.stdout)
    return Net()
""",
    "closes": """
def make():
    sys.stdout.close()
    return Net()
""",
    "changes folder": """
def make():
    os.chdir('/')
    return Net()
""",
    "removes path": """
def make():
    sys.path.clear()
    return Net()
""",
    "warns": """
import warnings
def make():
    warnings.warn('so')
    return Net()
""",
    "deep": """
def deep():
    return deep()
def make():
    return deep()
""",
    "empty": """
def make():
    return nn.Sequential()
""",
    "itself": """
def make():
    net = Net()
    net.first.inner = [net]
    return net
""",
    "a ring": """
def make():
    net = Net()
    net.first.add_module('up', net)
    return net
""",
    "meta weights": """
def make():
    return Net().to('meta')
""",
    "sparse weights": """
def make():
    net = Net()
    net.head.weight = nn.Parameter(net.head.weight.detach().to_sparse())
    return net
""",
    "sparse buffer": """
def make():
    net = Net()
    net.register_buffer('b', torch.eye(3).to_sparse())
    return net
""",
    "lazy": """
def make():
    return nn.Sequential(nn.LazyConv2d(3, 3), nn.Flatten(), nn.LazyLinear(3))
""",
    "complex weights": """
def make():
    return Net().to(torch.complex64)
""",
    "integers": """
def make():
    net = Net()
    net.requires_grad_(False)
    net.head.weight.data = net.head.weight.long()
    return net
""",
    "undrawable type": """
def make():
    net = Net()
    net.first.original_name = Mute()
    return net
""",
    "state": """
def make():
    net = Net()
    net.register_state_dict_hook(lambda *a: {'x': Mute()})
    return net
""",
    "extra state": """
class Extra(Net):
    def get_extra_state(self):
        raise Stop
def make():
    return Extra()
""",
    "sparse layer": """
class Sparse(nn.Module):
    def forward(self, x):
        return x.to_sparse()
class Dense(nn.Module):
    def forward(self, x):
        return x.to_dense()
def make():
    return nn.Sequential(nn.Conv2d(3, 4, 3), Sparse(), Dense(), nn.Flatten(), nn.LazyLinear(3))
""",
    "meta layer": """
class Meta(nn.Module):
    def forward(self, x):
        x.to('meta')
        return x.to('meta')
class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = Net(), Meta()
    def forward(self, x):
        self.b(x)
        return self.a(x)
make = Both
""",
    "other names": """
def make():
    net = Net()
    net._modules['a.b\\n\\x00'] = nn.ReLU()
    return net
""",
    "number names": """
def make():
    net = Net()
    net._modules[3] = nn.ReLU()
    return net
""",
    "none module": """
def make():
    net = Net()
    net._modules['nothing'] = None
    net._modules['three'] = 3
    return net
""",
    "threads": """
def make():
    threading.Thread(target=lambda: time.sleep(0.01)).start()
    return Net()
""",
    "inference": """
def make():
    torch.inference_mode(True).__enter__()
    return Net()
""",
    "grad off": """
def make():
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    return Net()
""",
}


@dataclass(frozen=True)
class OwnFile:
    """`name` says what goes wrong in it; its function `make` makes the network."""

    name: str
    text: str


def own_files() -> list[OwnFile]:
    made = [
        OwnFile(f"{what} raised in {place}", _net(code.format(what)))
        for place, code in PLACES.items()
        for what in RAISED
    ]
    made += [
        OwnFile(f"answers with {answer}", _net(f"def forward(self, x):\n    return {answer}")) for answer in ANSWERS
    ]
    made += [OwnFile(f"{what} raised by make", f"{HEAD}\ndef make():\n    raise {what}\n") for what in RAISED]
    made += [OwnFile(f"{what} raised at once", f"{HEAD}\nraise {what}\n") for what in RAISED]
    made += [OwnFile(name, f"{HEAD}\n{rest}\n") for name, rest in WHOLE.items()]
    return made


def _net(code: str) -> str:
    return f"{HEAD}\nclass Bad(Net):\n{textwrap.indent(code.strip(), '    ')}\n\ndef make():\n    return Bad()\n"


def own_networks(dice: random.Random, number: int) -> Iterator[Case]:
    """Each is listed, or explained, as on the command line; the next one follows in the same process."""
    files = own_files()
    dice.shuffle(files)
    for file in files[:number]:
        for command in (_LAYERS, _RENDER):
            yield Case(
                "own files",
                f"{command[0]}, {file.name}",
                file.text.encode(),
                functools.partial(_run, command),
                "net.py",
            )


_LAYERS = ("layers", "net.py:make", "--trust")
_RENDER = ("render", "gradient", "--model", "net.py:make", "--image", "sample:cat", "--trust", "-o", "out.npz")


def _run(command: tuple[str, ...], file: Path) -> None:
    import torch

    import main as program

    out = file.with_name("out.npz")
    typed = [word.replace("net.py", str(file)).replace("out.npz", str(out)) for word in command]
    said, warned = io.StringIO(), io.StringIO()
    usual = torch.is_grad_enabled(), torch.get_default_dtype()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(warned):
            status = program.main(typed)
    finally:
        torch.set_grad_enabled(usual[0])
        torch.set_default_dtype(usual[1])
        out.unlink(missing_ok=True)
    words = warned.getvalue()
    if "Traceback" in words or status not in (0, 2):
        raise AssertionError(f"it ends with {status}: {words[-300:]}")
    if status == 2:
        raise Problem(words.strip().removesuffix("\n"))
