"""LeNet as the lectures draw it: two convolutions of 5×5, two fully connected layers, 28×28 grey pictures."""

from collections import OrderedDict

from torch import nn


def build() -> nn.Module:
    network = nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 32, kernel_size=5),
            pool1=nn.MaxPool2d(3),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(32, 64, kernel_size=5),
            pool2=nn.MaxPool2d(2),
            relu2=nn.ReLU(),
            flatten=nn.Flatten(),
            fc1=nn.Linear(256, 200),
            relu3=nn.ReLU(),
            fc2=nn.Linear(200, 10),
        )
    )
    return network.eval()
