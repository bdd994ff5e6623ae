"""The tiny transformer written once more in PyTorch, with the engine's parameters: a referee for numbers and speed.

Needs torch, which the project itself does not; nothing of the engine imports this.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.transformer import Transformer


class TwinAttention(nn.Module):
    """Causal self-attention as PyTorch's users write it; scores and softmax spelled out (eager)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.heads = heads

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(sentences, length, width) to the same shape; ``pattern`` keeps the softmax."""
        rows, length, width = x.shape

        def split(y: Tensor) -> Tensor:
            return y.view(rows, length, self.heads, -1).transpose(1, 2)

        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        self.pattern = torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5 + mask, dim=-1)
        return self.out((self.pattern @ v).transpose(1, 2).reshape(rows, length, width))


class TwinBlock(nn.Module):
    """Attention and MLP, each added to the stream after a LayerNorm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_attention, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = TwinAttention(width, heads)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(sentences, length, width) to the same shape."""
        x = x + self.attention(self.norm_attention(x), mask)
        return x + self.down(functional.silu(self.up(self.norm_mlp(x))))


class Twin(nn.Module):
    """The engine's ``Transformer``, padded as PyTorch likes it."""

    def __init__(self, net: Transformer) -> None:
        super().__init__()
        (words, width), longest = net.embedding.params["words"].shape, len(net.embedding.params["positions"])
        self.words, self.positions = nn.Embedding(words, width), nn.Embedding(longest, width)
        self.blocks = nn.ModuleList(TwinBlock(width, block.attention.heads) for block in net.blocks)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, words)
        self.double()
        with torch.no_grad():
            for name, ours in net.params.items():
                self.parameter(name).copy_(torch.from_numpy(ours))

    def parameter(self, name: str) -> nn.Parameter:
        """The twin of the engine's parameter ``name``."""
        parts = name.split(".")[1:]
        blocks = len(self.blocks)
        number = int(name.split(".")[1])
        if number == 0:
            return getattr(self, parts[1]).weight
        if number > blocks:
            return getattr(self.norm if number == blocks + 1 else self.head, parts[1])
        block: Any = self.blocks[number - 1]
        room, thing = parts[1], parts[2]
        if thing == "norm":
            return getattr(getattr(block, f"norm_{room}"), parts[3])
        return getattr(getattr(block.attention if room == "attention" else block, thing), parts[3])

    def forward(self, x: Tensor) -> Tensor:
        """Scores (sentences, longest, vocabulary) for word numbers (sentences, longest), −1 behind the short ones."""
        length = x.shape[1]
        mask = torch.full((length, length), -torch.inf, dtype=torch.float64).triu(1)
        state = self.words(x.clamp(min=0)) + self.positions(torch.arange(length))
        self.states = [state]
        for block in self.blocks:
            state = block(state, mask)
            self.states.append(state)
        return self.head(self.norm(state))

    def loss(self, x: np.ndarray, y: np.ndarray) -> Tensor:
        """Mean cross-entropy of the next words ``y``, −1 where there is none."""
        scores = self(torch.from_numpy(x))
        return functional.cross_entropy(scores.flatten(0, 1), torch.from_numpy(y).flatten(), ignore_index=-1)
