"""Chains that are not the film's: another depth, another squashing, another loss, more neurons. Recorded in tmp."""

from pathlib import Path

from engine import experiments
from engine.trace import Trace

TRAINING = """
[training]
optimizer = "sgd"
learning_rate = 0.5
batch = 0
steps = 3
"""

DEEP = """kind = "chain"
seed = 3
layers = [1, 1, 1, 1, 1, 1]
[data]
inputs = [[0.2], [0.9]]
targets = [[1.0], [0.0]]
example = 1
[nudge]
leaf = "w5"
delta = 0.05
largest = 0.8
"""

SHALLOW = """kind = "chain"
seed = 1
layers = [1, 1]
[data]
inputs = [[0.7]]
targets = [[0.25]]
example = 0
[nudge]
leaf = "b1"
delta = 0.01
largest = 0.5
"""

RELU = """kind = "chain"
activation = "relu"
layers = [1, 1, 1]
[start]
"layers.0.weight" = [[0.8]]
"layers.0.bias" = [0.3]
"layers.2.weight" = [[1.5]]
"layers.2.bias" = [-0.2]
[data]
inputs = [[0.0], [0.5], [1.0], [2.0]]
targets = [[0.5], [0.25], [0.75], [1.0]]
example = 2
[nudge]
leaf = "w2"
delta = 0.02
largest = 0.6
"""

LIKELIHOOD = """kind = "chain"
seed = 5
activation = "tanh"
output = "sigmoid"
loss = "cross_entropy"
layers = [1, 1, 1, 1]
[data]
inputs = [[-1.0], [0.4], [1.5]]
targets = [[0.0], [1.0], [1.0]]
example = 0
[nudge]
leaf = "w3"
delta = 0.01
largest = 1.0
"""

WIDE = """kind = "chain"
seed = 2
activation = "tanh"
output = "sigmoid"
loss = "cross_entropy"
layers = [2, 4, 3]
[data]
inputs = [[0.1, 0.9], [-0.4, 0.3]]
targets = [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
example = 0
[nudge]
leaf = "w2_34"
delta = 0.01
largest = 0.5
"""

CHAINS = {"deep": DEEP, "shallow": SHALLOW, "rectified": RELU, "likely": LIKELIHOOD, "wide": WIDE}


def record(name: str, folder: Path) -> Trace:
    """Write the experiment `name` of CHAINS into `folder` and run it there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(CHAINS[name] + TRAINING)
    return experiments.run(path, folder)
