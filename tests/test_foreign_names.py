"""Names of other libraries: each call answers them, and whatever an answer names is there."""

import ast
import dataclasses
import inspect
import re

import pytest
from tiny import features, native_encoder

import bert_keras as bk
from bert_keras.encoders.load_encoder import NATIVE_OPTIONS
from bert_keras.features import FEATURE_NAMES
from bert_keras.foreign_names import CALLS, FOREIGN_VALUES, foreign_features, foreign_names, place_of
from bert_keras.foreign_names.foreign_features import _FEATURES
from bert_keras.masked_lm.masked_task import MaskedTask
from bert_keras.multiple_choice.choice_task import ChoiceTask
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.question_task import QuestionTask
from bert_keras.running.kinds import KINDS
from bert_keras.running.training_run.keywords import OPTIONS, keywords
from bert_keras.running.training_run.run_encoder import _VOCABULARY
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text_classification.check_files import check_files as check_tables
from bert_keras.text_classification.load_table import load_table
from bert_keras.text_classification.text_task import TextTask
from bert_keras.token_classification.tagging_task import TaggingTask
from bert_keras.training.devices import Devices

WITH_ENCODER = {"parts", "batch_size", "seed", "static_shapes"}  # of `Task.load`
LAYER = {"name", "dtype", "trainable", "autocast", "activity_regularizer"}  # of Keras' layers, which models pass on
PREDICTORS = ("TextPredictor", "QuestionPredictor", "TagPredictor", "ChoicePredictor")
MODELS = tuple(kind.model.__name__ for kind in KINDS.values())
# What the lists of the page for users of other libraries, and their own documents, make people type.
TYPED = {
    "finetune": "lr learning_rate epochs batch_size max_length max_seq_length num_labels output_dir train "
    "validation_data strategy device fp16",
    "fit_few": "lr epochs batch_size max_length output_dir model train_dataset eval_dataset args metric device "
    "num_epochs num_iterations body_learning_rate head_learning_rate sampling_strategy column_mapping end_to_end",
    "pretrain": "lr learning_rate epochs batch_size max_length max_seq_length num_labels output_dir train "
    "validation_data strategy device fp16",
    "compare": "lr learning_rate epochs batch_size max_length output_dir model n_seeds control overwrite fp16 device",
    "search": "lr learning_rate epochs batch_size max_length output_dir model n_trials hp_space overwrite fp16 device",
    "find_learning_rate": "lr learning_rate batch_size max_length output_dir model num_it start_lr end_lr fp16 device",
    "Recipe": "lr max_length max_seq_length num_labels output_dir validation_data device fp16 num_train_epochs",
    "Devices": "device gpu num_labels fp16 lr use_gpu xla",
    "load_encoder": "model_name max_length num_labels do_lower_case device",
    "load_files": "max_length max_seq_length num_labels validation_data train tokenizer label_column lr epochs",
    "load_task": "max_length max_seq_length num_labels validation_data tokenizer lr epochs",
    "KerasLayer": "model max_length max_seq_length tokenizer vocab_file do_lower_case freeze num_labels",
    "Embedder": "max_length normalize_embeddings device model",
    "list_encoders": "lang latest",
    "shard": "num_devices mesh_shape",
    "BertEncoder": "num_hidden_layers num_attention_heads hidden_dropout_prob hidden_dim",
    "embed": "max_length normalize_embeddings device lr",
    "TextClassifier": "num_labels id2label label2id n_classes max_length lr learning_rate backbone activation fp16",
    "TokenClassifier": "num_labels id2label label2id",
    "SpanLabeler": "num_labels max_length",
    "MultipleChoice": "num_labels",
    "MaskedLM": "num_labels",
    "load": "device max_length model num_labels",
    "SentencePieceTokenizer": "do_lower_case sp_model_file vocab_file keep_accents",
    "HuggingFaceTokenizer": "do_lower_case vocab_file merges_file add_prefix_space",
    "Tokenizer": "do_lower_case max_length padding truncation vocab",
    "TextPredictor": "return_all_scores truncation padding max_length top_k batch_size device",
    "QuestionPredictor": "truncation padding topk",
    "TagPredictor": "truncation padding aggregation_strategy",
    "ChoicePredictor": "truncation padding candidates",
    "load_glue": "split name subset max_length tokenizer shuffle cache_dir num_labels lr stride",
    "load_squad": "split version_2_with_negative max_length stride tokenizer shuffle max_answer_len lr",
    "load_tagging": "split path max_length tokenizer shuffle label_all_tokens text_column label_column num_labels lr",
    "load_choices": "split path max_length tokenizer shuffle num_choices validation_data lr",
    "load_masked": "split mlm_probability max_length tokenizer shuffle line_by_line block_size train_file lr",
    "load_next_sentences": "split max_length tokenizer shuffle num_labels lr",
    "check_files": "sep delimiter text_column label_column max_length tokenizer",
    "open_table": "sep delimiter names header path nrows quotechar",
    "evaluate": "split dataset batch_size metrics tokenizer max_length model_dir device threshold verbose steps",
    "calibrate": "split dataset batch_size output_dir tokenizer method random_state alpha threshold contamination",
    "write_predictions": "split dataset batch_size output_dir tokenizer",
    "predict_file": "text_column label_column input_file output_file sep top_k model_dir max_length verbose device",
    "fill_mask": "topk texts model tokenizer",
    "top_losses": "n split dataset batch_size max_length",
    "word_importance": "n_steps target model texts max_length",
    "attention_maps": "max_length model sentence_b tokenizer",
    "export": "format opset path output_dir tokenizer batch_size max_length signatures overwrite",
    "predictor": "preproc tokenizer max_length device eval_batch_size path",
    "save": "filepath save_directory save_format tokenizer include_optimizer",
    "save_encoder": "path save_directory tokenizer",
    "convert": "tf_checkpoint_path bert_config_file do_lower_case",
    "convert_huggingface": "model_name_or_path output_dir do_lower_case",
    "load_huggingface": "max_length id2label problem_type from_pt tokenizer device",
    "learn_vocabulary": "vocab_size min_frequency files output_dir lowercase",
    "report": "split output html dataset model_dir",
    "demo": "server_port server_name share inbrowser",
    "plan": "max_length vram n_gpu fp16 bf16 train_batch_size",
}
# By loader, the class whose fields its options are.
TASKS = {
    "load_glue": TextTask,
    "load_squad": QuestionTask,
    "load_tagging": TaggingTask,
    "load_choices": ChoiceTask,
    "load_masked": MaskedTask,
    "load_next_sentences": TextTask,
}
every_call = pytest.mark.parametrize("call", CALLS)


def target_of(dotted):
    """The public object of a name in an answer, "TextClassifier.compile"; a field of a dataclass is its class."""
    found = bk
    for part in dotted.split("."):
        if dataclasses.is_dataclass(found) and part in {field.name for field in dataclasses.fields(found)}:
            return found
        found = getattr(found, part)
    return found


def parameters_of(call):
    """The named parameters of a call, in their order, and what it passes on by name."""
    target = target_of(call)
    target = target.__call__ if call in PREDICTORS else target
    names = [name for name, one in inspect.signature(target).parameters.items() if one.kind is not one.VAR_KEYWORD]
    names = [name for name in names if name not in ("self", "args")]
    if call in TASKS:
        return [*names, *sorted({*TASKS[call].option_names(), *WITH_ENCODER, "split_seed"} - {"options"})]
    if call == "check_files":
        return [*names, *inspect.signature(check_tables).parameters, *inspect.signature(bk.open_table).parameters]
    if call in ("load_files", "load_task"):
        table = inspect.signature(load_table).parameters
        return [*names, *sorted((OPTIONS["finetune"] | set(table) | WITH_ENCODER) - {"options", "files", "encoder"})]
    more = {"load_encoder": NATIVE_OPTIONS}
    more |= dict.fromkeys((*MODELS, "BertEncoder", "KerasLayer"), LAYER)
    return [*names, *more.get(call, ())]


def table_of(call):
    if call in ("compare", "fit_few", "search"):
        return keywords("finetune") | foreign_names(call)
    return keywords(call) if call in ("finetune", "pretrain", "find_learning_rate") else foreign_names(call)


def codes(answer):
    """The pieces of Python in an answer: bk.….(…), with the parentheses inside."""
    for start in (found.start() for found in re.finditer(r"(?<![\w(=])bk\.", answer)):
        depth, end = 0, start
        while end < len(answer) and (depth or answer[end] in "(" or re.match(r"[\w.]", answer[end])):
            depth += {"(": 1, ")": -1}.get(answer[end], 0)
            end += 1
        yield answer[start:end].rstrip(".")


def check_code(code):
    """Every name and keyword in a piece of Python is there."""
    tree = ast.parse(code.replace("…", "None"), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            dotted = ast.unparse(node.func)
            if dotted.endswith(").preprocessor"):
                known = list(inspect.signature(Preprocessor).parameters)
            else:
                target_of(dotted.removeprefix("bk."))
                known = parameters_of(dotted.removeprefix("bk."))
            assert {keyword.arg for keyword in node.keywords if keyword.arg} <= set(known), code
            assert len(node.args) <= len(known)
        elif isinstance(node, ast.Attribute) and re.fullmatch(r"bk(\.\w+)+", ast.unparse(node)):
            target_of(ast.unparse(node).removeprefix("bk."))


def check_answer(call, name, answer):
    """What an answer names is there; returns whether it named anything."""
    answer, known, named = answer.format(name=name), parameters_of(call), 0
    for code in codes(answer):
        check_code(code)
        named += 1
    for keyword in re.findall(r"\b(?:keyword|field) is (\w+)|\b(?:pass|with) (\w+)=", answer):
        assert max(keyword) in known, (name, answer)
        named += 1
    for ordinal, keyword in re.findall(r"it is the (first|second|third) argument, (\w+)", answer):
        assert known[("first", "second", "third").index(ordinal)] == keyword, (name, answer)
        named += 1
    for keys in re.findall(r"encoder=\{(.*?)\}", answer):
        assert set(re.findall(r"'(\w+)':", keys)) <= {"handle", *_VOCABULARY}
    return named


@every_call
def test_whatever_an_answer_names_is_there(call):
    for name, answer in table_of(call).items():
        assert check_answer(call, name, answer) or answer.startswith("leave it out: "), (name, answer)


@every_call
def test_no_name_that_a_call_has_is_answered(call):
    """What stands in a call's own signature is never looked up; options beside it must not be in the table."""
    target = target_of(call)
    written = set(inspect.signature(target.__call__ if call in PREDICTORS else target).parameters)
    assert set(foreign_names(call)) & (set(parameters_of(call)) - written) == set()


@pytest.mark.parametrize("call", sorted(set(TASKS) - {"load_masked"}))
def test_what_load_files_passes_on_is_answered_as_there(call):
    """An option of other data is no name of another library: it is refused with the options that these data have."""
    passed = set(parameters_of("load_files")) - {"files", "validation"}  # which it opens itself
    assert set(foreign_names(call)) & passed == set()


@every_call
def test_a_call_answers_every_name_of_the_table(call):
    target = getattr(bk, call)
    target = target.__call__ if call in PREDICTORS else target
    first = {
        **dict.fromkeys(("Recipe", "Devices", "BertEncoder"), ()),
        **dict.fromkeys(("finetune", "fit_few", "pretrain"), ("nothing", "nothing", "/proc/out")),
        **dict.fromkeys(("compare", "search"), ("nothing", {}, "/proc/out")),
        "find_learning_rate": ("nothing", "nothing"),
        **dict.fromkeys(("TextPredictor", "TagPredictor", "TokenClassifier"), (None, 2)),
        **dict.fromkeys(("QuestionPredictor", "ChoicePredictor"), (None, "a", "b")),
    }
    given = first.get(call, ("nothing",))
    for name, answer in table_of(call).items():
        if name in parameters_of(call):
            continue
        with pytest.raises(TypeError, match=rf"^`{name}` must be left out") as error:
            target(*given, **{name: "x"})
        answer = answer.format(name=name)
        assert str(error.value).endswith(f"Received: {name}='x'. {answer[0].upper()}{answer[1:]}."), name


@every_call
def test_what_people_type_is_in_the_table(call):
    missing = [name for name in TYPED[call].split() if name not in table_of(call) and name not in parameters_of(call)]
    assert missing == []
    if call in ("finetune", "pretrain"):  # by their own table
        assert "Recipe(learning_rate=…)" in table_of(call)["lr"]


def test_features_by_other_names():
    assert foreign_features(["input_word_ids"]) == "" == foreign_features([])
    assert foreign_features(["input_ids", "attention_mask", "else"]) == (
        "'input_ids' is 'input_word_ids', 'attention_mask' is 'input_mask'."
    )
    names = [name for words in _FEATURES.values() for name in words.split()]
    assert tuple(_FEATURES) == FEATURE_NAMES and not set(names) & set(FEATURE_NAMES)
    encoder = native_encoder()
    with pytest.raises(ValueError, match=r"'padding_mask' is 'input_mask', .*'token_ids' is 'input_word_ids'\."):
        encoder(dict.fromkeys(("token_ids", "padding_mask", "segment_ids"), features()["input_mask"]))


def test_a_models_subclass_answers_as_a_model():
    class Own(bk.TextClassifier):
        pass

    with pytest.raises(TypeError, match=r"`tokenizer` must be left out of Own\. .*encoder has its tokenizer"):
        Own(None, tokenizer="x")


def test_every_place_is_a_keyword_of_a_call():
    for name in ("lr", "fp16", "max_seq_length", "device", "label_column", "sep"):
        check_code(f"bk.{place_of(name)}")
    assert place_of("lr_scheduler_type") == "Recipe(schedule=…)"
    assert place_of("lr") == "Recipe(learning_rate=…)" and place_of("nothing") == ""


@pytest.mark.parametrize("argument", list(FOREIGN_VALUES))
def test_values_of_other_libraries(argument):
    made = {
        "strategy": lambda value: Devices(strategy=value),
        "precision": lambda value: Recipe(precision=value),
        "tune": lambda value: Recipe(tune=value),
        "schedule": lambda value: Recipe(schedule=value),
        "problem_type": lambda value: bk.TextClassifier(native_encoder(), problem_type=value),
    }[argument]
    for value, answer in FOREIGN_VALUES[argument].items():
        with pytest.raises(ValueError, match=rf"`{argument}` must be one of") as error:
            made(value)
        assert str(error.value).endswith(f"{answer[0].upper()}{answer[1:]}.")
        ours = re.findall(r"'(\w+)'", answer)
        assert len(ours) == 1
        made(ours[0])
