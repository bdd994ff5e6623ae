"""Records a Llama checkpoint that a user has in the names of tiny_lm: the same scenes draw it. Downloads nothing.

Two moments are recorded: step 0 is the checkpoint as it is, step 1 the same after one plain gradient step on the shown
prompts' next words, made in memory only. torch and transformers are the extra ``llm`` and are imported late.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine import language, mapping
from engine.datasets.prompts import CITY_PROMPTS, Prompts, load_prompts
from engine.embed import UmapSpec
from engine.environment import environment
from engine.errors import UserError
from engine.language import FLOAT
from engine.llama_probe import LlamaProbe, pool_tensor
from engine.trace import Trace
from engine.trace_writer import TraceWriter

MISSING: Final = "llama: the extra 'llm' (torch, transformers) is not installed: .venv/bin/pip install -e '.[llm]'"
STEPS: Final = 2
AIM: Final = 0.2  # the gradient step is as long as would lower a straight-line loss by this share
MOST_WORDS: Final = 64  # tokens of a prompt
MEANINGS: Final = {
    **language.MEANINGS,
    **mapping.MEANINGS,
    "rate": "learning rate η of the gradient step that task.step describes",
    "shown.watch": "(shown, 3) layer, head, word: the word that decides most after the step, and the head that "
    "looks at it most from the last word",
}
STEP_RULE: Final = (
    f"one plain gradient step θ ← θ − η g on the mean loss of the shown prompts, η = {AIM} · loss / |g|², on all "
    "parameters in memory; the embedding's lookup gets no gradient, only the unembedding does"
)
NOTES: Final = (
    "states, patterns, gradients and probabilities are float32, rounded from the checkpoint's own precision",
    "gradients were pooled one matrix at a time and freed: task.pooling",
    "what is shown is what this checkpoint does with these prompts; another checkpoint may differ",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The prompts as the checkpoint's tokens, a list for each, and the first token of each class's word."""

    prompts: Prompts
    tokens: list[list[int]]
    class_tokens: np.ndarray
    shown: list[int]

    @property
    def answers(self) -> np.ndarray:
        """First token of every prompt's next word: (prompts,)."""
        return self.class_tokens[self.prompts.labels]


def record_llama(
    model: Path | str,
    out_folder: Path | str,
    *,
    name: str = "llama",
    prompts: Path | str = CITY_PROMPTS,
    shown: Sequence[str] = (),
    dtype: str = "auto",
    with_map: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Trace:
    """Record the checkpoint in folder ``model`` on the prompts of a file into ``out_folder``/``name``.

    ``shown`` are texts of up to eight prompts whose inside is recorded (by default the first of each class). ``dtype``
    is torch's name of the precision to compute in; "auto" is the checkpoint's own. UserError in one sentence when the
    extra or the checkpoint is missing, or is none of Llama's build.
    """
    read = load_prompts(prompts)
    tokenizer, network = load_checkpoint(Path(model), dtype)
    places = [read.find(text) for text in shown[:8]]
    asked = ask(tokenizer, read, places or language.first_of_each(read))
    probe = LlamaProbe(network)
    manifest = {"task": _task(Path(model), probe, tokenizer, asked), "notes": list(NOTES), "environment": environment()}
    with TraceWriter(Path(out_folder) / name, name, manifest, MEANINGS) as writer:
        _record(probe, tokenizer, asked, writer, with_map, progress)
    return Trace.load(Path(out_folder) / name)


def load_checkpoint(folder: Path, dtype: str = "auto") -> tuple[Any, Any]:
    """Tokenizer and model from a local folder with safetensors weights; UserError in one sentence."""
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging
    except ImportError:
        raise UserError(MISSING) from None
    if not (folder / "config.json").is_file():
        raise UserError(f"{folder}: no checkpoint: a folder with config.json, tokenizer and safetensors is needed")
    if dtype != "auto" and dtype not in ("float32", "bfloat16", "float16", "float64"):
        raise UserError(f"llama: dtype: {dtype!r} is not auto, float32, bfloat16, float16 or float64")
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=dtype if dtype == "auto" else getattr(torch, dtype), attn_implementation="eager",
            local_files_only=True, use_safetensors=True,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UserError(f"{folder}: cannot be loaded: {reason[:200]}") from None
    inner = getattr(model, "model", None)
    if not all(hasattr(inner, part) for part in ("embed_tokens", "layers", "norm")) or not hasattr(model, "lm_head"):
        raise UserError(f"{folder}: {type(model).__name__}: is not of Llama's build")
    return tokenizer, model


def ask(tokenizer: Any, prompts: Prompts, shown: list[int]) -> Asked:
    """The prompts as tokens; UserError when one is too long or two next words begin with the same token."""
    tokens = [list(tokenizer(item.text)["input_ids"]) for item in prompts.items]
    longest = max(len(row) for row in tokens)
    if longest > MOST_WORDS or min(len(row) for row in tokens) < 1:
        raise UserError(f"{prompts.where}: text: {longest} tokens: a prompt may have 1 to {MOST_WORDS}")
    first = [tokenizer(f" {word}", add_special_tokens=False)["input_ids"][0] for word in prompts.classes]
    if len(set(first)) != len(first):
        raise UserError(f"{prompts.where}: next: two of {', '.join(prompts.classes)} begin with the same token")
    return Asked(prompts, tokens, np.array(first), shown)


def readable(tokenizer: Any, token: int) -> str:
    """A token as a screen may show it: its own characters, or a word in brackets for what cannot be printed."""
    text = tokenizer.decode([token])
    if not text.strip():
        return "(newline)" if "\n" in text else "(blank)"
    text = text.strip()
    printable = all(unicodedata.category(letter)[0] != "C" and letter != "\ufffd" for letter in text)
    return text if printable else "(bytes)"


def _task(folder: Path, probe: LlamaProbe, tokenizer: Any, asked: Asked) -> dict[str, Any]:
    config = probe.model.config
    words = [[readable(tokenizer, token) for token in row] for row in asked.tokens]
    return {
        **language.describe(asked.prompts, words, asked.shown, probe.matrices),
        "model": folder.resolve().name,
        "architecture": type(probe.model).__name__,
        "precision": str(probe.head.weight.dtype).removeprefix("torch."),
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "width": config.hidden_size,
        "vocabulary": config.vocab_size,
        "parameters": sum(parameter.numel() for parameter in probe.model.parameters()),
        "predicts": "every word",
        "step": STEP_RULE,
        "endings": mapping.endings_of(asked.prompts),
        "rules": mapping.rules(UmapSpec()),
    }


def _record(
    probe: LlamaProbe, tokenizer: Any, asked: Asked, writer: TraceWriter, with_map: bool, progress: Any
) -> None:
    prompts, longest = asked.prompts, max(len(row) for row in asked.tokens)
    padded = np.full((len(prompts), longest), -1, np.int32)
    for row, tokens in zip(padded, asked.tokens, strict=True):
        row[: len(tokens)] = tokens
    lengths = np.array([len(row) for row in asked.tokens])
    writer.constants({"tokens": padded, "lengths": lengths, "answers": asked.answers, "shown": np.array(asked.shown)})
    writer.constants({"class_tokens": asked.class_tokens, **mapping.label_arrays(prompts)})
    seen: list[dict[str, Any]] = []
    total = STEPS * (len(prompts) + len(asked.shown))
    for step in range(STEPS):
        states = _record_states(
            probe, asked, writer, step, lambda done, s=step: progress(s * total // STEPS + done, total)
        )
        seen.append(states | _record_shown(probe, asked, writer, step))
        if step + 1 < STEPS:
            probe.batch(*_shown_batch(asked), rate=float(seen[-1]["rate"]))
    progress(total, total)
    writer.constants({"rate": seen[0]["rate"], "shown.watch": _watch(seen, lengths[asked.shown])})
    used = {int(token) for row in asked.tokens for token in row} | set(asked.class_tokens.tolist())
    used |= {int(token) for row in seen for token in np.ravel(row["shown.guess_ids"])}
    task = writer.manifest["task"]
    writer.manifest["task"] = {**task, "words": {str(token): readable(tokenizer, token) for token in sorted(used)}}
    if with_map:
        _record_maps(asked, writer, [row["states"] for row in seen], [row["class_probs"] for row in seen])


def _record_states(probe: LlamaProbe, asked: Asked, writer: TraceWriter, step: int, done: Any) -> dict[str, Any]:
    """Streams "states" and "map": every prompt's last word through all layers."""
    states, lens, losses = [], [], []
    for number, (ids, answer) in enumerate(zip(asked.tokens, asked.answers, strict=True)):
        state = probe.last_states(ids)
        read = probe.lens(state, np.append(asked.class_tokens, answer))
        states.append(state)
        lens.append(read["class_probs"][:, :-1])
        losses.append(-np.log(np.maximum(read["class_probs"][-1, -1], 1e-300)))
        done(number)
    every = {"states": np.stack(states).astype(FLOAT), "lens": np.stack(lens).astype(FLOAT)}
    writer.append("states", step, every)
    last = {"state": every["states"][:, -1], "class_probs": every["lens"][:, -1], "prompt_loss": np.array(losses)}
    writer.append("map", step, last)
    return {"states": every["states"], "class_probs": every["lens"][:, -1]}


def _record_shown(probe: LlamaProbe, asked: Asked, writer: TraceWriter, step: int) -> dict[str, Any]:
    """Streams "step" and "snapshot": the shown prompts together, and each by itself."""
    tokens, answers = _shown_batch(asked)
    loss, right, pooled = probe.batch(tokens, answers)
    names = list(probe.parameters)
    norms = np.array([pooled.norms[name] for name in names])
    writer.append(
        "step", step,
        {"loss": loss, "accuracy": right, "grad_norm": np.sqrt(pooled.square), "grad_norms": norms},
    )  # fmt: skip
    longest = max(len(ids) for ids in tokens)
    rows = [
        probe.prompt_row(ids, answer, asked.class_tokens, longest) for ids, answer in zip(tokens, answers, strict=True)
    ]
    snapshot = language.stacked(rows) | {
        "pooled.weights": np.array([pool_tensor(weight) for weight in probe.parameters.values()], FLOAT),
        "pooled.grads": np.array([pooled.grids[name] for name in names], FLOAT),
    }
    writer.append("snapshot", step, snapshot)
    return {**snapshot, "rate": np.array(AIM * loss / max(pooled.square, 1e-300))}


def _shown_batch(asked: Asked) -> tuple[list[list[int]], list[int]]:
    return [asked.tokens[i] for i in asked.shown], [int(asked.answers[i]) for i in asked.shown]


def _watch(seen: list[dict[str, Any]], lengths: np.ndarray) -> np.ndarray:
    """As in tiny_lm; a checkpoint has learned already, so the head is the one that looks at the word most."""
    return language.watched(np.zeros_like(seen[0]["shown.attention"]), seen[-1], lengths)


def _record_maps(asked: Asked, writer: TraceWriter, states: list[np.ndarray], probs: list[np.ndarray]) -> None:
    title, prompts = writer.manifest["task"]["model"], asked.prompts
    lenses = [
        mapping.over_layers("own", title, states[0], prompts),
        mapping.over_training(
            "training", f"{title}, over one step", [0, 1], np.stack(states)[:, :, -1], np.stack(probs)
        ),
    ]
    for lens in lenses:
        mapping.record_lens(writer, lens, prompts, UmapSpec())
