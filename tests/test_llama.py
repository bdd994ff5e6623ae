"""A Llama, tiny and random, recorded offline in the names of tiny_lm; the real ones come from users."""

import builtins
import math

import numpy as np
import pytest

from engine import language
from engine.errors import UserError
from engine.llama import MEANINGS, record_llama
from engine.trace import Trace

NEXT = ("Lima", "Quito", "Cusco")
TEXTS = [f"The {'river' if i % 2 else 'old sea'} of {i} ends in" for i in range(21)]
OWN = "text,next,topic\n" + "".join(
    f"{text},{NEXT[i % 3]},{'water' if i % 2 else 'salt'}\n" for i, text in enumerate(TEXTS)
)
LLM = "PyTorch and transformers (extra llm) are not installed"


def torch_or_skip():
    pytest.importorskip("transformers", reason=LLM)
    return pytest.importorskip("torch", reason=LLM)


def save_checkpoint(folder, tied=False):
    """A random Llama of three layers and a tokenizer of whole words, saved as a user's checkpoint would be."""
    torch = torch_or_skip()
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = sorted({word for text in TEXTS for word in text.split()} | set(NEXT))
    vocabulary = {"<unk>": 0, **{word: i + 1 for i, word in enumerate(words)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>").save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=tied, initializer_range=0.2,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return save_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "own.csv"
    path.write_text(OWN)
    return path


@pytest.fixture(scope="module")
def trace(checkpoint, own, tmp_path_factory) -> Trace:
    folder = tmp_path_factory.mktemp("traces")
    return record_llama(checkpoint, folder, prompts=own, shown=TEXTS[3:5], dtype="float64", with_map=False)


def model_of(checkpoint):
    torch = torch_or_skip()
    from transformers import AutoModelForCausalLM

    return torch, AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float64, attn_implementation="eager")


def test_the_arrays_are_those_of_tiny_lm(trace):
    shown, layers, heads, width, count, longest = 2, 3, 4, 32, 3 * 7 + 1, 7
    shapes = {
        "tokens": (21, longest), "states": (21, layers + 1, width), "lens": (21, layers + 1, 3), "state": (21, width),
        "class_probs": (21, 3), "prompt_loss": (21,), "grad_norms": (count,),
        "shown.attention": (shown, layers, heads, longest, longest), "shown.decides": (shown, longest),
        "shown.attention_grads": (shown, layers, heads, longest, longest), "shown.blame": (shown, layers + 1, longest),
        "shown.guess_ids": (shown, layers + 1, 8), "shown.similarity": (shown, layers + 1, 3),
        "shown.flow": (shown, count, 16, 16), "shown.grads": (shown, count, 16, 16), "pooled.grads": (count, 16, 16),
        "shown.watch": (shown, 3), "shown.thresholds": (shown, 2),
    }  # fmt: skip
    assert {name: trace.spec(name).shape for name in shapes} == shapes
    small = {name for name in language.MEANINGS if name != "shown.watch"}
    assert small <= set(trace.names()) and set(trace.names()) - {"endings"} <= set(MEANINGS)
    assert trace.steps("loss").tolist() == trace.steps("shown.loss").tolist() == [0, 1]
    task = trace.manifest["task"]
    assert (task["layers"], task["heads"], task["width"]) == (layers, heads, width)
    assert task["matrices"][0]["role"] == "query" and task["matrices"][-1]["role"] == "unembedding"
    assert task["pooling"]["percentile"] == 90 and "gradient step" in task["step"]
    assert task["tokens"][3] == TEXTS[3].split() and task["words"][str(trace.constant("answers").value[0])] == "Lima"


def test_the_numbers_are_the_checkpoints_own(trace, checkpoint):
    torch, model = model_of(checkpoint)
    place = int(trace.constant("shown").value[1])
    ids = torch.tensor(trace.constant("tokens").value[place : place + 1, : len(TEXTS[place].split())].astype(np.int64))
    answer = int(trace.constant("answers").value[place])
    out = model(ids, output_hidden_states=True, output_attentions=True)
    loss = torch.nn.functional.cross_entropy(out.logits[:, -1], torch.tensor([answer]))
    gradients = torch.autograd.grad(loss, [*out.attentions, *model.parameters()])
    shown = {
        name: trace.at(name, 0).value[1] for name in trace.names() if name.startswith("shown.") and "watch" not in name
    }
    length = ids.shape[1]
    assert shown["shown.loss"] == pytest.approx(loss.item(), rel=1e-6)
    for layer in range(3):
        found = shown["shown.attention"][layer][:, :length, :length]
        np.testing.assert_allclose(found, out.attentions[layer][0].detach(), atol=1e-6)
        found = shown["shown.attention_grads"][layer][:, :length, :length]
        np.testing.assert_allclose(found, gradients[layer][0], atol=1e-6)
        np.testing.assert_allclose(
            shown["shown.states"][layer], out.hidden_states[layer][0, -1].detach(), rtol=1e-5, atol=1e-6
        )
    norms = {name: g.norm().item() for (name, _), g in zip(model.named_parameters(), gradients[3:], strict=True)}
    expected = [norms[matrix["name"]] for matrix in trace.manifest["task"]["matrices"]]
    np.testing.assert_allclose(shown["shown.grad_norms"], expected, rtol=1e-5)
    query = dict(zip(norms, gradients[3:], strict=True))["model.layers.1.self_attn.q_proj.weight"].abs().numpy()
    pooled = query.reshape(16, 2, 16, 2).mean((1, 3))
    number = [matrix["name"] for matrix in trace.manifest["task"]["matrices"]].index(
        "model.layers.1.self_attn.q_proj.weight"
    )
    np.testing.assert_allclose(shown["shown.grads"][number], pooled, rtol=1e-5)
    probs = torch.softmax(out.logits[0, -1], -1).detach().numpy()
    assert shown["shown.guess_ids"][-1].tolist() == np.argsort(-probs)[:8].tolist()
    np.testing.assert_allclose(shown["shown.guess_probs"][-1], np.sort(probs)[::-1][:8], rtol=1e-5)


def test_the_streams_agree_and_the_step_lowers_the_loss(trace):
    shown = trace.constant("shown").value
    for step in (0, 1):
        np.testing.assert_allclose(
            trace.at("shown.loss", step).value, trace.at("prompt_loss", step).value[shown], rtol=1e-5
        )
        np.testing.assert_allclose(trace.at("loss", step).value, trace.at("shown.loss", step).value.mean(), rtol=1e-6)
        np.testing.assert_array_equal(trace.at("states", step).value[:, -1], trace.at("state", step).value)
        np.testing.assert_allclose(trace.at("shown.attention", step).value.sum(-1)[..., 0], 1, rtol=1e-5)
    assert trace.at("loss", 1).value < trace.at("loss", 0).value


def test_one_step_is_plain_gradient_descent(trace, checkpoint):
    torch, model = model_of(checkpoint)
    shown = trace.constant("shown").value
    losses = []
    for place in shown:
        ids = torch.tensor(
            trace.constant("tokens").value[place : place + 1, : len(TEXTS[place].split())].astype(np.int64)
        )
        rows = model.model.embed_tokens(ids).detach()
        logits = model(inputs_embeds=rows).logits[:, -1]
        losses.append(
            torch.nn.functional.cross_entropy(logits, torch.tensor([int(trace.constant("answers").value[place])]))
        )
    sum(losses).div(len(shown)).backward()
    rate = trace.constant("rate").value
    square = sum((p.grad**2).sum().item() for p in model.parameters() if p.grad is not None)
    assert rate == pytest.approx(0.2 * trace.at("loss", 0).value / square, rel=1e-6)
    assert math.sqrt(square) == pytest.approx(trace.at("grad_norm", 0).value, rel=1e-6)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter -= rate * parameter.grad
    ids = torch.tensor(trace.constant("tokens").value[:1, : len(TEXTS[0].split())].astype(np.int64))
    after = torch.softmax(model(ids).logits[0, -1], -1).detach().numpy()[trace.constant("class_tokens").value]
    np.testing.assert_allclose(trace.at("class_probs", 1).value[0], after, rtol=1e-5)


@pytest.mark.parametrize("tied", [False, True])
def test_gradients_of_whole_matrices_never_pile_up(tied, tmp_path, own, monkeypatch):
    torch_or_skip()
    from engine import llama_probe

    held, largest, original = [], [], llama_probe.LlamaProbe.gradients

    def watching(probe, rate=None):
        parameters = list(probe.model.parameters())
        largest.append(max(sum(p.numel() for p in layer.parameters()) for layer in [*probe.core.layers, probe.head]))
        for parameter in parameters:
            parameter.register_post_accumulate_grad_hook(
                lambda _: held.append(sum(p.grad.numel() for p in parameters if p.grad is not None))
            )
        return original(probe, rate)

    # The watching hooks run before the freeing ones: they see the most that is ever there.
    monkeypatch.setattr(llama_probe.LlamaProbe, "gradients", watching)
    folder = save_checkpoint(tmp_path / "checkpoint", tied)
    trace = record_llama(folder, tmp_path / "traces", prompts=own, shown=TEXTS[:1], with_map=False)
    assert held and max(held) <= max(largest)
    assert trace.at("loss", 1).value < trace.at("loss", 0).value
    assert (trace.series("grad_norms") > 0).all()


def test_the_same_checkpoint_gives_the_same_bytes(trace, checkpoint, own, tmp_path):
    again = record_llama(checkpoint, tmp_path, prompts=own, shown=TEXTS[3:5], dtype="float64", with_map=False)
    assert again.manifest["streams"] == trace.manifest["streams"]


@pytest.mark.slow
def test_the_map_is_recorded_too(checkpoint, own, tmp_path):
    trace = record_llama(checkpoint, tmp_path, prompts=own)
    assert trace.constant("own.points").value.shape == (4, 21, 2)
    assert trace.constant("training.points").value.shape == (2, 21, 2)
    assert trace.manifest["lenses"]["own"]["over"] == "layers"


def test_a_missing_extra_is_one_sentence(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] in ("torch", "transformers"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match=r"^llama: the extra 'llm' \(torch, transformers\) is not installed") as refused:
        record_llama(tmp_path, tmp_path / "traces")
    assert "\n" not in str(refused.value)


def test_a_missing_or_broken_checkpoint_is_one_sentence(tmp_path, own):
    torch_or_skip()
    with pytest.raises(UserError, match="no checkpoint: a folder with") as refused:
        record_llama(tmp_path / "none", tmp_path / "traces", prompts=own)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UserError, match="cannot be loaded") as refused:
        record_llama(tmp_path, tmp_path / "traces", prompts=own)
    assert "\n" not in str(refused.value) and not (tmp_path / "traces" / "llama").exists()


def test_bad_wishes_are_one_line(checkpoint, own, tmp_path):
    with pytest.raises(UserError, match="dtype: 'int8' is not"):
        record_llama(checkpoint, tmp_path, prompts=own, dtype="int8")
    with pytest.raises(UserError, match="is not one of its 21 prompts"):
        record_llama(checkpoint, tmp_path, prompts=own, shown=["The capital of Peru is"])
    (tmp_path / "same.csv").write_text(OWN.replace(",Lima,", ",Ankara,").replace(",Quito,", ",Bern,"))
    with pytest.raises(UserError, match="begin with the same token"):
        record_llama(checkpoint, tmp_path, prompts=tmp_path / "same.csv")
