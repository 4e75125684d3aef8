"""`FOREIGN_VALUES`: what other libraries call a value, by the argument."""

FOREIGN_VALUES = {
    "strategy": {
        **dict.fromkeys(("gpu", "cuda", "cuda:0", "GPU"), "'auto' takes the GPUs that are there"),
        **dict.fromkeys(("cpu", "default", "CPU"), "pass 'one'"),
        **dict.fromkeys(("dp", "ddp", "multi_gpu", "MirroredStrategy"), "pass 'mirrored'"),
        **dict.fromkeys(("multi_worker", "MultiWorkerMirroredStrategy"), "pass 'multiworker'"),
    },
    "precision": {
        **dict.fromkeys(("fp16", "half", "16", "16-mixed", "mixed_float16"), "pass 'float16'"),
        **dict.fromkeys(("bf16", "bf16-mixed", "mixed_bfloat16"), "pass 'bfloat16'"),
        **dict.fromkeys(("fp32", "32", "full", "float"), "pass 'float32'"),
    },
    "tune": {
        **dict.fromkeys(("full", "model"), "pass 'all'"),
        "bitfit": "pass 'biases'",
        **dict.fromkeys(("peft", "qlora", "adapter"), "pass 'lora'"),
    },
    "schedule": {
        **dict.fromkeys(("constant_with_warmup", "constant_schedule_with_warmup"), "pass 'constant'"),
        **dict.fromkeys(("linear_with_warmup", "polynomial", "warmup_linear"), "pass 'linear'"),
        **dict.fromkeys(("cosine_with_warmup", "cosine_decay"), "pass 'cosine'"),
    },
    "problem_type": {
        **dict.fromkeys(("classification", "binary", "multiclass"), "pass 'single_label_classification'"),
        **dict.fromkeys(("multi_label", "multilabel"), "pass 'multi_label_classification'"),
    },
}
