"""The names, dtypes and ranks of everything that passes between stages. They stand here and nowhere else.

features   {input_word_ids, input_mask, input_type_ids}, each int32 [batch, seq_length]; of long texts in windows
           [batch, windows, seq_length]; of packed rows, which hold several texts, with input_position_ids as well
encoding   {pooled_output: float [batch, hidden_size], sequence_output: float [batch, seq_length, hidden_size]}
"""

WORD_IDS = "input_word_ids"
MASK = "input_mask"
TYPE_IDS = "input_type_ids"
FEATURE_NAMES = (WORD_IDS, MASK, TYPE_IDS)
FEATURE_DTYPE = "int32"
TF1_FEATURE_NAMES = ("input_ids", "input_mask", "segment_ids")  # the same three in TF-Hub's TF1 modules
POSITION_IDS = "input_position_ids"  # int32 [batch, seq_length]: a token's place in its text, 0 at each text's first

PLACES = "packed_places"  # int32 [batch, rows]: texts that an encoder packs; 1 + a first token's place in its row, or 0

POOLED_OUTPUT = "pooled_output"
SEQUENCE_OUTPUT = "sequence_output"
ENCODER_OUTPUTS = "encoder_outputs"
DEFAULT_OUTPUT = "default"  # a text's vector as the publisher means it: float [batch, hidden_size]

HEAD_POOLINGS = ("pooled", "mean")  # what a head over whole texts reads
POOLED, MEAN = HEAD_POOLINGS

PARTS = ("train", "validation", "test")  # of a task's rows

PROBLEM_TYPES = ("single_label_classification", "multi_label_classification", "regression")
SINGLE_LABEL, MULTI_LABEL, REGRESSION = PROBLEM_TYPES

# What stands third in a batch, (features, labels, …), where it holds both.
COUNTED = "counted"  # bool [batch]: which rows count
WEIGHTS = "weights"  # float32 [batch]: how much
MOST_WEIGHT = 1e12  # of a row: gradients are multiples of it, and float32 holds sums of their squares up to 3e38
LONG_TEXTS = ("truncate", "windows")  # what becomes of a text longer than seq_length
TRUNCATE, WINDOWS = LONG_TEXTS
MAX_WINDOWS = 8  # of a text, if not said: 1,008 tokens at a seq_length of 128

START_LOGITS = "start_logits"
END_LOGITS = "end_logits"

UNLABELLED = -1  # in place of a token's class: it counts in no loss and no metric

MASKED_POSITIONS = "masked_lm_positions"  # int32 [batch, predictions]: places in the row
MASKED_IDS = "masked_lm_ids"  # int32 [batch, predictions]: the ids that stood there, UNLABELLED behind a row's last
MLM_LOGITS = "mlm_logits"  # float32 [batch, predictions, vocab_size]
