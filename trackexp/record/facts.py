"""`config["trackexp"]`, schema 1: what only the live process can see, as rules, dashboard and reader read it.

The entry is the facts of the *latest* `fit`; those of earlier fits of the same run lie in `earlier_fits`, oldest
first, so that a dashboard can filter on `trackexp.compile.loss`. Whatever could not be seen is absent or None, never
guessed: a rule that needs it answers "not applicable". Per-layer facts are a list, because W&B makes a column of the
workspace out of every dictionary key.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

SCHEMA = 1


# What a layer does, whatever its framework calls it.
LayerKind = Literal[
    "input", "dense", "convolution", "recurrent", "attention", "embedding", "normalization", "dropout", "pooling",
    "activation", "reshaping", "merging", "augmentation", "preprocessing", "container", "other",
]  # fmt: skip


class LayerFacts(TypedDict, total=False):
    """One layer, nested ones after the layer that holds them."""

    name: str
    layer: str  # Keras's class name, "Dense"; of another framework the name of the Keras class that does the same
    kind: LayerKind  # absent in records of 0.1
    depth: int  # 0 for a layer of the model itself, 1 for one inside such a layer, …
    activation: str | None  # "softmax"; a Softmax or ReLU layer's own; None when the layer has none
    units: int | None  # Dense.units, Conv.filters, Embedding.output_dim …
    inputs: list[str]  # names of the layers that feed it; absent where the graph is not known
    calls: int  # how often the graph uses it: 2 and more for a shared layer
    output_shape: list[int | None] | None  # with the batch axis
    parameters: int  # of this layer, nested ones included
    trainable: bool
    # of a frozen layer: its kernel and bias cannot be told from what its random initializer makes, it was never
    # trained, and nothing was loaded into it; absent where there is no such kernel
    as_initialized: bool
    adds_loss: bool  # its class is the user's and names `add_loss`; absent where not
    adapted: bool  # of a Normalization: whether it has statistics of data, adapted, loaded or passed; absent elsewhere
    config: dict[str, Any]  # the few arguments that rules read: rate, momentum, axis, input_dim, return_sequences …;
    # an initializer or regularizer is absent where it is the layer's default


class OutputFacts(TypedDict, total=False):
    """One output of the model, in the order of `model.outputs`."""

    name: str
    shape: list[int | None] | None  # with the batch axis
    units: int | None  # size of the last axis; known also where the shape is not
    dtype: str | None
    layer: str | None  # name of the layer that makes it
    activation: str | None  # the last *effective* one, walked back through Activation, Softmax, Rescaling, Reshape,
    # Flatten, Dropout; "linear" where there is none, None where it cannot be told
    activations: list[str | None]  # every one on the way back to `head`, the last applied first
    passed: list[str]  # class names of what lies between the output and `head`, the last applied first
    scales: list[list[float]]  # [scale, offset] of each Rescaling passed, the last applied first
    axis: int | list[int] | None  # of a Softmax layer, where it is the last activation
    head: str | None  # name of the layer with weights that the output comes from


class ModelFacts(TypedDict, total=False):
    """The model, as it stands when training begins."""

    name: str
    kind: Literal["sequential", "functional", "subclassed"]
    model: str  # the class name
    keras: str  # version
    backend: str  # "tensorflow", "jax", "torch"
    dtype_policy: str
    built: bool
    parameters: int
    trainable_parameters: int
    inputs: list[list[int | None]]  # shapes with the batch axis
    input_names: list[str]  # in the same order; absent where the graph is not known
    outputs: list[OutputFacts]
    layers: list[LayerFacts]
    layers_omitted: int  # how many are not listed, where there are more than 2,000
    overrides: list[str]  # methods of Keras's trainer that the user's class replaces: train_step, compute_loss …
    adds_loss: bool  # its own class or one of its layers' is the user's and names `add_loss`; absent where not
    initial_weights: str  # digest of values of every weight before the first update; absent where not built yet
    final_weights: str  # the same after the last update
    changed_weights: float  # share of the trainable kernels looked at, 16 at most, that do not look as initialized: 0
    # of a new model; 1 where it was trained before, or weights were loaded; absent where no kernel tells


class LossFacts(TypedDict, total=False):
    """The loss of one output; `identifier` is snake case ("binary_crossentropy") whatever form it was passed in."""

    output: str | None  # name of the output; None for a single one
    identifier: str
    from_logits: bool | None  # None: the loss has no such argument
    weight: float | None
    custom: bool  # a function or class that is not the framework's own
    reduction: str | None  # over the rows: "mean", "sum", "none"; None where it cannot be told
    subclass_of: str | None  # the class of Keras's that a custom one derives from, snake case ("loss" for the base)
    config: dict[str, Any]


class MetricFacts(TypedDict, total=False):
    """One metric passed to compile, as Keras resolved it ("accuracy" → binary_accuracy, …)."""

    output: str | None
    name: str  # as it stands in the logs
    identifier: str  # snake case class or function, "categorical_accuracy"
    direction: Literal["min", "max"] | None
    threshold: float | None
    from_logits: bool | None  # None: the metric has no such argument
    custom: bool
    weighted: bool


class OptimizerFacts(TypedDict, total=False):
    """The optimizer, looked up through LossScaleOptimizer and other wrappers."""

    identifier: str  # "adam"
    learning_rate: float | None  # at the first step
    schedule: dict[str, Any] | None  # class name and config of a LearningRateSchedule
    config: dict[str, Any]  # clipnorm, clipvalue, weight_decay, momentum …


class CompileFacts(TypedDict, total=False):
    """What was passed to compile; `loss` is one string for the dashboard, `losses` what rules read."""

    loss: str  # the identifiers joined by ", "
    losses: list[LossFacts]
    metrics: list[MetricFacts]
    optimizer: OptimizerFacts | None
    jit_compile: bool | str | None
    run_eagerly: bool | None
    steps_per_execution: int | None


class CallbackFacts(TypedDict, total=False):
    """One callback of the user: class name and plain attributes (monitor, mode, patience, factor …)."""

    callback: str
    config: dict[str, Any]


class PassFacts(TypedDict, total=False):
    """One pass over the rows: the training part of an epoch, or a validation."""

    updates: int  # steps of an optimizer during it: 0 in a validation
    batches: int
    rows: int | None
    loss: float | None  # as the framework reports it for the epoch; else the mean over the batches
    calls: dict[str, int]  # of the model, by mode and gradient: "train_grad", "train_no_grad", "eval_grad",
    # "eval_no_grad"; absent where the framework's own loop calls it


class LoaderFacts(TypedDict, total=False):
    """What hands out the batches of the training, as far as it says so."""

    sampler: str  # class name: "RandomSampler", "SequentialSampler"
    batch_size: int | None
    drop_last: bool
    workers: int  # processes that load beside the training
    rows: int | None  # of the data set behind it


class FitFacts(TypedDict, total=False):
    """The arguments of fit, as passed; absent ones have Keras's default."""

    # what the training did, alike for every framework; absent in records of 0.1
    passes: list[PassFacts]  # in their order, the first and the last ones of many
    rates: list[tuple[int, float]]  # (updates so far, learning rate): the first, and one where it has changed
    loader: LoaderFacts
    index: int  # which fit of the run, from 0
    first_epoch: int  # where it begins on the run's axis `epoch`
    epochs_done: int  # how many of its epochs are in the history by now; absent until one is
    ended: bool  # whether the training is over, whatever ended it
    batches_done: list[int]  # of a stream: updates that each epoch made, as far as it has come
    ran_out: bool  # of a stream: it ended before steps_per_epoch × epochs were done
    source: Literal["arrays", "tf.data", "pydataset", "generator", "dataloader", "unknown"]
    batch_size: int | None
    epochs: int
    initial_epoch: int
    steps_per_epoch: int | None
    batches: int | None  # updates that one epoch makes, as far as it can be known before it
    shuffle: bool | None
    validation: Literal["none", "split", "arrays", "stream"]
    validation_split: float
    validation_freq: int | None
    validation_steps: int | None
    class_weight: dict[str, float] | None
    sample_weight: bool
    callbacks: list[CallbackFacts]


class ArrayFacts(TypedDict, total=False):
    """A profile of one array from a sample of its rows; numbers are of the sample unless said otherwise."""

    name: str | None  # key of a dict input, or None
    shape: list[int | None]  # of the whole array; the first is None for a stream
    dtype: str
    kind: Literal["float", "integer", "boolean", "text", "object"]
    layout: Literal["dense", "sparse", "ragged"]
    sampled_rows: int
    scanned_rows: int  # rows behind minimum, maximum and the shares: all of them up to 16 MB, else the sampled ones
    minimum: float | None  # of the finite values
    maximum: float | None
    mean: float | None
    std: float | None
    percentile_1: float | None
    percentile_99: float | None
    absolute_percentile_99: float | None
    features: int | None  # values per row
    constant_features: int | None  # of them, those with one value in all sampled rows
    feature_std_minimum: float | None  # over the features that vary
    feature_std_maximum: float | None
    nan_share: float  # of the values, 0 to 1
    infinite_share: float
    integral: bool  # every finite value is a whole number
    zero_one: bool  # every value is 0 or 1
    distinct: int | None  # distinct values in the sample, None above 4,096
    class_counts: dict[str, int] | None  # integral 1-D or n×1 targets of ≤ 1,000 values; one-hot ones by argmax
    position_counts: dict[str, int] | None  # the same over all positions of targets of rank 3 and more
    change_rate: float | None  # share of neighbouring sampled rows whose class differs; 1 − Σp² when shuffled
    row_sums_one: float | None  # share of sampled rows that sum to 1 within 1e-5; None unless 2-D with ≥ 2 columns
    row_sum_minimum: float | None
    row_sum_maximum: float | None
    hash: str | None  # blake2b of the sampled rows, dtype and shape: equal data give equal hashes


class FeatureFacts(TypedDict, total=False):
    """The single input feature that goes best with the (first) target."""

    index: int  # of the flattened row
    correlation: float  # largest absolute Pearson correlation with a target column
    auc: float | None  # 0.5 to 1, for targets of two classes, or one class against the rest


class PaddingFacts(TypedDict):
    """Where token ids and their targets are both 0."""

    share: float  # of all sampled positions
    agreement: float  # share of the positions whose id is 0 that have the target 0


class SketchFacts(TypedDict):
    """The smallest digests of a set of rows, as `trackexp.stats.RowSketch` keeps them: what tells rows of another set.

    A digest is the same for the same inputs in every process and on every machine, and says nothing of their values.
    """

    size: int  # how many digests are kept at most
    n: int  # rows that went into it
    smallest: str  # base64 of little-endian 8-byte numbers, rising
    whole: bool  # every row trained on went into it


class DataFacts(TypedDict, total=False):
    """Profiles of what fit was given: one entry an array, in Keras's order."""

    inputs: list[ArrayFacts]
    targets: list[ArrayFacts]
    sample_weight: ArrayFacts | None
    validation_inputs: list[ArrayFacts]
    validation_targets: list[ArrayFacts]
    padding: PaddingFacts | None  # of token ids (n, T) with a target for every position
    rows: int | None  # those trained on, without a split-off part; None for a stream of unknown length
    rows_seen: int  # of a stream: rows that training drew in its first pass, as far as they were looked at
    batches_seen: int
    validation_rows_seen: int  # the same of a validation stream
    rows_behind: int  # those of the array that the batches of a PyDataset are cut from
    rows_reached: int  # up to which of them an epoch came
    duplicate_rows: float | None  # share of the sampled input rows that an earlier one equals
    validation_overlap: float | None  # estimated share of validation rows that are training rows as well
    validation_overlap_rows: int | None  # those really seen in both samples
    validation_is_scored: bool  # of a fold of a cross-validation: they are the rows that it is scored on
    shifted_features: float | None  # share whose validation mean is > 1 training std (and > 4 standard errors) away
    validation_scale: float | None  # median over the features of validation std / training std
    rows_sketch: SketchFacts | None  # of the rows trained on, by their inputs
    strongest_feature: FeatureFacts | None
    reference: ReferenceFacts | None  # taken when the training has ended
    seconds: float  # what the profiling cost


class ReferenceFacts(TypedDict, total=False):
    """How well small models do that need no training, on at most 1,000 training rows, each half for the other.

    Scores are shares of right answers for classes ("classes"), R² for numbers ("values").
    """

    kind: Literal["classes", "values"]
    rows: int
    chance: float  # score of the best constant: the largest class's share, or 0
    linear: float  # ridge regression, on one-hot targets for classes
    neighbours: float  # five nearest neighbours
    balanced: float  # of classes: mean recall of the better of the two
    shifted: dict[str, float]  # the better score when row i is given the target of row i + offset; "0" is as it stands


class TrialFacts(TypedDict):
    """What a change came to on copies of the weights, where the training ended: the same updates with it and without.

    Half of the rows of the probes taught, the others were scored.
    """

    change: str  # "loss=categorical_crossentropy"
    updates: int
    rows: int  # that were scored
    measure: str  # "accuracy", or "R²"
    changed: float
    unchanged: float


class ProbeFacts(TypedDict, total=False):
    """One fixed batch of at most 256 training rows, looked at once an epoch as inference sees it; columns of numbers.

    All lists under `scalars` have one entry for each of `epochs`, those under `layers` one for each of `names` in each
    of `epochs`; what could not be seen is None. Of a long training every second epoch is dropped when the table is
    full, so that it stays below 64 epochs and 4,096 rows, and below 1 MB in memory. `scalars` are in the history too,
    as `probe/…`.
    """

    rows: int
    names: list[str]  # layers looked at: at most 64, evenly spread, the first and the last among them
    epochs: list[int]  # of the fit, from 0
    # loss: of the user's function on the batch · loss_recomputed: the same in numpy from what the model outputs ·
    # loss_augmented, score_augmented: with the augmentation layers at work · regularization: penalties on weights ·
    # score, balanced: of the outputs against the targets, as in ReferenceFacts · spread: standard deviation of the
    # outputs over the rows, of numbers as a share of the targets' · gradient: norm over all weights ·
    # added: what layers gave to `add_loss`, activity regularizers among them · seconds
    scalars: dict[str, list[float | None]]
    # weight_change: ‖Δw‖/‖w‖ since the last look, over 256 fixed weights · weight_scale: rms of those weights ·
    # gradient: norm / √size of the kernel · dead: share of units that are 0 on all rows · saturated: share of values
    # within 1 % of a bound · mean, std: of the values
    layers: dict[str, list[list[float | None]]]
    initial_scale: list[float | None]  # weight_scale before the first update
    trials: dict[str, TrialFacts]  # by the code of the finding whose advice was tried
    without_gradient: list[str]  # layers with trainable weights that the loss does not depend on, at the last look
    custom_loss: dict[
        str, bool
    ]  # of a function of the user's: sums_rows: twice the rows, twice the loss · crosses_rows:
    # it is the mean over all pairs of target and output rows · overflows: no finite number for a probability of 0 or 1
    not_seen: list[str]  # what could not be looked at, and why
    seconds: float  # that looks, rules and small models took of the training, the rules at its very end aside


class Facts(TypedDict, total=False):
    """The whole entry: schema number, version of trackexp that wrote it, and its parts."""

    schema: int
    version: str
    framework: str  # "keras", "torch"; absent in records of 0.1, which are Keras's
    model: ModelFacts
    compile: CompileFacts
    fit: FitFacts
    data: DataFacts
    probes: ProbeFacts
    loop: dict[str, Any]  # what a loop that the script writes itself did: updates, backwards, passes (each with its
    # updates, batches, calls by mode and gradients), optimizers, rates, loader …; absent for a framework's own loop
    earlier_fits: list[Facts]
