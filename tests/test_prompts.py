"""Prompts: what is read, and one line for everything that is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.datasets.prompts import CITY_PROMPTS, load_prompts, split_words
from engine.errors import UserError

CITIES = ("Madrid", "Paris", "Berlin", "Barcelona")


def rows(count=20):
    return [
        {"text": f"Sentence number {i} ends in", "next": CITIES[i % 4], "topic": f"topic {i % 3}"} for i in range(count)
    ]


def as_csv(table):
    return "text,next,topic\n" + "".join(f'"{r["text"]}",{r["next"]},{r["topic"]}\n' for r in table)


def as_toml(table):
    return "".join(
        "[[prompt]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in r.items()) for r in table
    )


def test_the_committed_prompts_are_four_cities_times_ten_topics_times_five():
    prompts = load_prompts(classes=CITIES)
    assert len(prompts) == 200
    assert prompts.classes == CITIES and len(prompts.topics) == 10
    cells = np.zeros((4, 10), int)
    np.add.at(cells, (prompts.labels, prompts.topic_labels), 1)
    assert (cells == 5).all()
    assert prompts.items[prompts.find("The capital of France is")].answer == "Paris"


def test_the_three_formats_say_the_same(tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(rows()))
    (tmp_path / "a.toml").write_text(as_toml(rows()))
    (tmp_path / "a.json").write_text(json.dumps(rows()))
    read = [load_prompts(tmp_path / name) for name in ("a.csv", "a.toml", "a.json")]
    assert read[0].items == read[1].items == read[2].items
    assert read[0].classes == CITIES and read[0].topics == ("topic 0", "topic 1", "topic 2")


def test_a_spreadsheets_byte_order_mark_and_column_order_do_not_matter(tmp_path):
    lines = "\ufeffTopic, next ,TEXT\n" + "".join(f"t,{CITIES[i % 2]},Café {i} às\n" for i in range(20))
    (tmp_path / "a.csv").write_text(lines, encoding="utf-8")
    assert load_prompts(tmp_path / "a.csv").items[3].text == "Café 3 às"


def test_words_are_split_at_blanks_and_marks():
    assert split_words("The Seven Years' War (1756), by I. M. Pei.") == [
        "The", "Seven", "Years'", "War", "(", "1756", ")", ",", "by", "I.", "M.", "Pei", ".",
    ]  # fmt: skip
    assert split_words("首都 is Ulm") == ["首", "都", "is", "Ulm"]
    assert split_words("столица России") == ["столица", "России"]


@given(st.text(min_size=0, max_size=60))
def test_splitting_loses_no_character(text):
    assert "".join(split_words(text)) == "".join(text.split())


def broken(change):
    table = rows()
    change(table)
    return table


REFUSED = {
    "too few": (rows(19), "prompts: 19: must be 20 to 5000"),
    "too many": (rows(5001), "prompts: 5001: must be 20 to 5000"),
    "unknown key": (broken(lambda t: t[4].update(colour="red")), "prompt 5: colour: unknown key"),
    "missing": (broken(lambda t: t[0].pop("next")), "prompt 1: next: a text is needed"),
    "empty": (broken(lambda t: t[2].update(topic="  ")), "prompt 3: topic: 1 to 40 characters"),
    "number": (broken(lambda t: t[2].update(text=7)), "prompt 3: text: a text is needed"),
    "not a number": (broken(lambda t: t[2].update(text=float("nan"))), "prompt 3: text: a text is needed"),
    "long": (broken(lambda t: t[2].update(text="a" * 401)), "prompt 3: text: 1 to 400 characters"),
    "wordy": (broken(lambda t: t[2].update(text="a " * 60)), "prompt 3: text: words: 60: must be 1 to 48"),
    "twice": (broken(lambda t: t[5].update(text=t[1]["text"])), "prompt 6: text: the same as prompt 2"),
    "escape": (broken(lambda t: t[5].update(text="a\x1b[2J b")), "prompt 6: text: holds the unprintable"),
    "one class": ([{**r, "next": "Ulm"} for r in rows()], "next: different words: 1: must be 2 to 24"),
    "no table": ([*rows(), 3], "prompt 21: a table with text, next and topic"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_prompts_are_one_line(case, tmp_path):
    table, expected = REFUSED[case]
    path = tmp_path / "own.json"
    path.write_text(json.dumps(table))
    with pytest.raises(UserError) as refused:
        load_prompts(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ") and expected in message and "\n" not in message


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", b"x", "prompts: a .json, .toml or .csv file"),
        ("a.csv", b"", "line 1: the columns"),
        ("a.csv", b"text,next\n1,2\n", "line 1: the columns"),
        ("a.csv", b"text,next,topic\na,b\n", "line 2: 2 columns instead of 3"),
        ("a.csv", b'text,next,topic\n"a,b,c\n', "CSV:"),
        ("a.csv", b"\xff\xfe\x00", "text: is not UTF-8"),
        ("a.toml", b"[[prompt]\n", "TOML:"),
        ("a.toml", b"x = 1\n", "x: unknown key"),
        ("a.toml", b"prompt = 1\n", "prompt: [[prompt]] tables"),
        ("a.json", b"[" * 100_000, "JSON:"),
        ("a.json", b"{}", "JSON: a list"),
        ("a.json", b" " * ((4 << 20) + 1), "size: more than"),
    ],
)
def test_bad_files_are_one_line(name, data, expected, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UserError) as refused:
        load_prompts(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ") and expected in message and "\n" not in message


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        load_prompts(tmp_path / "none.csv")


def test_classes_must_name_the_next_words():
    with pytest.raises(UserError, match="classes: Rome: must name the next words Paris"):
        load_prompts(CITY_PROMPTS, ["Rome"])
    with pytest.raises(UserError, match="is not one of its 200 prompts"):
        load_prompts().find("The capital of Peru is")
