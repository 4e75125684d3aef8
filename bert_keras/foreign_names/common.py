"""What several calls are told by the same names, and what they answer alike."""

from bert_keras.foreign_names.places import PLACES

CLASSES = "num_labels n_classes n_labels num_class nb_classes"
PRETRAINED = "model model_name model_name_or_path pretrained_model_name_or_path preset model_id checkpoint pretrained"
FOLDER = "model model_name model_dir model_path path checkpoint model_name_or_path save_path output_dir"
LENGTHS = PLACES["load_task(task, seq_length=…)"]
VALIDATION = PLACES["load_files(files, validation=…)"]
GPU = "leave it out: TensorFlow takes the GPU that it finds; CUDA_VISIBLE_DEVICES=-1 in the environment hides it"
AS_TRAINED = "leave it out: texts are cut, or read in windows, as in training: "
AS_TRAINED += "bk.load_task(task, seq_length=…, long_text='windows')"
COUNTED = "leave it out: the classes are counted in the data, or named there: bk.load_files(files, label_names=…)"
HAS_TOKENIZER = "leave it out: the encoder has its tokenizer, and bk.load_files(files, encoder) makes ids with it"
TRAIN = "train train_data train_dataset train_df train_file training_data dataset data x files files_or_texts texts"
COMPILED = "pass it to compile: bk.TextClassifier.compile(optimizer=…, loss=…, metrics=…)"
INPUTS = "text inputs sentences sequences x examples documents"
# What is said of fetching, and of memory, where other libraries read data sets.
FETCHING = {
    "streaming keep_in_memory": "leave it out: rows are read once",
    "trust_remote_code token use_auth_token revision": "leave it out: nothing is fetched from Hugging Face",
    "download_mode download_config": "leave it out: what is there is read",
}
