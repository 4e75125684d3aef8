"""`QuestionTask`: questions before there is an encoder: published settings, limits, what is refused."""

import pytest
import questions
import tiny
from squad_files import paragraphs, write

from bert_keras.question_answering.load_squad import load_question_files
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.question_task import QuestionTask

OPTIONS = {"seq_length": 40, "doc_stride": 8, "max_query_length": 8, "batch_size": 4}
pytestmark = pytest.mark.usefixtures("traced_once")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return write(tmp_path_factory.mktemp("own") / "own.json", paragraphs([2, 3, 1, 2, 2, 1]))


def test_the_published_settings_are_the_defaults(own, tokenizer):
    task = load_question_files(own, validation_share=0)
    sizes = {"seq_length": 384, "doc_stride": 128, "max_query_length": 64, "max_answer_length": 30}
    assert isinstance(task, QuestionTask) and task.kind == "question_answering" and task.settings() == sizes
    data = task.load(tokenizer)
    assert isinstance(data, QuestionData) and data.config() == {**sizes, "has_impossible": False}
    assert (data.batch_size, data.order.seed) == (16, 0)


def test_fields_are_changed_when_the_data_are_made(own, tokenizer):
    task = load_question_files(own, doc_stride=9, seq_length=40, max_query_length=8)
    assert task.settings() == {"seq_length": 40, "doc_stride": 9, "max_query_length": 8, "max_answer_length": 30}
    data = task.load(tokenizer, max_answer_length=5, batch_size=3, seed=2, parts=("train",))
    assert data.settings == {**task.settings(), "max_answer_length": 5}
    assert (data.preprocessor.doc_stride, data.batch_size, data.order.seed) == (9, 3, 2)
    assert list(data.splits) == ["train"]
    assert task.changed(doc_stride=4).settings()["doc_stride"] == 4 and task.doc_stride == 9


def test_an_encoder_takes_the_place_of_its_tokenizer(own, tokenizer):
    encoder = tiny.native_encoder()
    encoder.tokenizer = tokenizer
    one, other = (load_question_files(own, vocabulary, **OPTIONS) for vocabulary in (encoder, tokenizer))
    for name, split in one.splits.items():
        assert split.word_ids.to_list() == other.splits[name].word_ids.to_list()
        assert split.type_ids.to_list() == other.splits[name].type_ids.to_list()
        for output, labels in split.examples.labels.items():
            assert labels.tolist() == other.splits[name].examples.labels[output].tolist()


def test_a_limit_draws_training_questions_by_the_split_seed(tokenizer):
    parts = {"train": questions.examples(40), "validation": questions.examples(9, 1)}

    def ids(split_seed=0, **options):
        task = questions.task(parts, **questions.WINDOWS, limit=6, split_seed=split_seed)
        data = task.load(tokenizer, **options)
        assert data.split("validation").questions.ids == parts["validation"].ids
        return data.split("train").questions.ids

    places = [parts["train"].ids.index(name) for name in ids()]
    assert len(places) == 6 and places == sorted(places) != list(range(6))
    assert ids(seed=3) == ids() == ids(batch_size=2)
    assert ids(split_seed=1) != ids()
    assert len(ids(limit=9)) == 9 and ids(limit=40) == ids(limit=999) == parts["train"].ids
    rows = questions.task(parts, limit=6).rows(("train",))
    assert list(rows) == ["train"] and rows["train"].ids == ids()
    with pytest.raises(TypeError, match="`split_seed` must be left out"):  # its rows are drawn
        questions.task(parts).load(tokenizer, split_seed=1)


# What is refused


def refused(error, match, own, encoder, **options):
    with pytest.raises(error, match=match):
        load_question_files(own, encoder, **{**OPTIONS, **options})


BAD = [
    ({"doc_stride": 29}, ValueError, r"`doc_stride` must be below 29, the room that seq_length=40 leaves .*=29\."),
    ({"doc_stride": 0}, ValueError, r"`doc_stride` must be at least 1\. Received: doc_stride=0"),
    ({"doc_stride": 2.5}, TypeError, r"`doc_stride` must be an integer\. Received: doc_stride=2.5"),
    ({"seq_length": 4}, ValueError, r"`seq_length` must be at least 5"),
    ({"seq_length": "40"}, TypeError, r"`seq_length` must be an integer\. Received: seq_length='40'"),
    ({"max_query_length": 36}, ValueError, r"`max_query_length` must leave room .* at most seq_length - 5 = 35"),
    ({"max_answer_length": 0}, ValueError, r"`max_answer_length` must be at least 1"),
    ({"max_answer_length": 2.5}, TypeError, r"`max_answer_length` must be an integer"),
    ({"batch_size": 0}, ValueError, r"`batch_size` must be at least 1"),
    ({"batch_size": True}, TypeError, r"`batch_size` must be an integer"),
    ({"limit": 0}, ValueError, r"`limit` must be at least 1\. Received: limit=0"),
    ({"limit": "9"}, TypeError, r"`limit` must be an integer"),
    ({"limit": 0, "parts": ("validation",)}, ValueError, r"`limit` must be at least 1"),
    ({"parts": "train"}, TypeError, r"`parts` must be a tuple of names .* Received: parts='train'"),
    ({"parts": ()}, TypeError, r"`parts` must be a tuple of names"),
    ({"parts": ("dev",)}, ValueError, r"`parts` must be one of 'train', 'validation'\. Received: parts='dev'"),
    ({"static_shapes": 1}, TypeError, r"`static_shapes` must be True or False"),
    ({"stride": 3}, TypeError, r"`stride` must be left out for own.json, of question_answering, .*'doc_stride'\?$"),
]


@pytest.mark.parametrize(("options", "error", "match"), BAD)
def test_bad_options(own, tokenizer, options, error, match):
    refused(error, match, own, tokenizer, **options)


@pytest.mark.parametrize(
    ("seed", "error", "match"),
    [
        (-1, ValueError, r"`seed` must be at least 0\. Received: seed=-1"),
        (1.5, TypeError, r"`seed` must be an integer\. Received: seed=1.5"),
        ("1", TypeError, r"`seed` must be an integer"),
        (None, TypeError, r"`seed` must be an integer\. Received: seed=None"),
    ],
)
def test_a_bad_seed_is_named(own, tokenizer, seed, error, match):
    refused(error, match, own, tokenizer, seed=seed)
    refused(error, match, {"train": own}, tokenizer, seed=seed)


def test_what_belongs_to_batches_needs_an_encoder(own):
    for option in ({"batch_size": 4}, {"seed": 1}, {"parts": ("train",)}, {"static_shapes": True}):
        match = rf"`{next(iter(option))}` must be passed with an encoder only.*bk.finetune takes it from its recipe"
        with pytest.raises(TypeError, match=match):
            load_question_files(own, **option)


def test_what_is_no_encoder(own):
    refused(TypeError, r"`encoder` must be an encoder or a Tokenizer\. .*='bert'. Pass bk.load_encoder", own, "bert")


def test_an_encoder_without_positions_enough(own, tokenizer):
    encoder = tiny.native_encoder()
    encoder.tokenizer = tokenizer
    refused(ValueError, r"`seq_length` must be .*64", own, encoder, seq_length=65)
