"""What the names of PyTorch's modules, autograd nodes and losses are in the words that facts and rules use."""

from __future__ import annotations

from typing import Final

# Classes of modules → kinds of layers. A class that is not listed keeps its own name.
MODULES: Final = {
    "Linear": "Dense",
    "LazyLinear": "Dense",
    "Conv1d": "Conv1D",
    "Conv2d": "Conv2D",
    "Conv3d": "Conv3D",
    "ConvTranspose1d": "Conv1DTranspose",
    "ConvTranspose2d": "Conv2DTranspose",
    "ConvTranspose3d": "Conv3DTranspose",
    "BatchNorm1d": "BatchNormalization",
    "BatchNorm2d": "BatchNormalization",
    "BatchNorm3d": "BatchNormalization",
    "SyncBatchNorm": "BatchNormalization",
    "LayerNorm": "LayerNormalization",
    "GroupNorm": "GroupNormalization",
    "RMSNorm": "RMSNormalization",
    "MaxPool1d": "MaxPooling1D",
    "MaxPool2d": "MaxPooling2D",
    "MaxPool3d": "MaxPooling3D",
    "AvgPool1d": "AveragePooling1D",
    "AvgPool2d": "AveragePooling2D",
    "AvgPool3d": "AveragePooling3D",
    "AdaptiveAvgPool1d": "GlobalAveragePooling1D",
    "AdaptiveAvgPool2d": "GlobalAveragePooling2D",
    "AdaptiveAvgPool3d": "GlobalAveragePooling3D",
    "Dropout1d": "SpatialDropout1D",
    "Dropout2d": "SpatialDropout2D",
    "Dropout3d": "SpatialDropout3D",
    "EmbeddingBag": "Embedding",
    "MultiheadAttention": "MultiHeadAttention",
}

# Classes of modules that are an activation, with its name.
ACTIVATION_MODULES: Final = {
    "ReLU": "relu",
    "ReLU6": "relu6",
    "LeakyReLU": "leaky_relu",
    "PReLU": "leaky_relu",
    "RReLU": "leaky_relu",
    "ELU": "elu",
    "SELU": "selu",
    "CELU": "celu",
    "GELU": "gelu",
    "SiLU": "silu",
    "Mish": "mish",
    "Sigmoid": "sigmoid",
    "LogSigmoid": "log_sigmoid",
    "Hardsigmoid": "hard_sigmoid",
    "Tanh": "tanh",
    "Hardtanh": "hard_tanh",
    "Hardswish": "hard_silu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Softmax": "softmax",
    "Softmax2d": "softmax",
    "Softmin": "softmax",
    "LogSoftmax": "log_softmax",
}

# Autograd nodes that are an activation.
ACTIVATION_NODES: Final = {
    "Relu": "relu",
    "LeakyRelu": "leaky_relu",
    "PreluKernel": "leaky_relu",
    "Elu": "elu",
    "Gelu": "gelu",
    "Silu": "silu",
    "Mish": "mish",
    "Sigmoid": "sigmoid",
    "LogSigmoid": "log_sigmoid",
    "Hardsigmoid": "hard_sigmoid",
    "Tanh": "tanh",
    "Hardtanh": "hard_tanh",
    "Hardswish": "hard_silu",
    "Softplus": "softplus",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
}

# Autograd nodes that a walk from an output back to its head passes: they change no value. None: not worth a mention.
PASSED_NODES: Final[dict[str, str | None]] = {
    "View": "Reshape",
    "UnsafeView": "Reshape",
    "ReshapeAlias": "Reshape",
    "Squeeze": "Reshape",
    "Unsqueeze": "Reshape",
    "Permute": "Permute",
    "Transpose": "Permute",
    "T": "Permute",
    "Select": "Select",
    "Slice": "Slice",
    "Expand": "Expand",
    "NativeDropout": "Dropout",
    "ToCopy": None,
    "Clone": None,
    "Alias": None,
}

# Autograd nodes that compute something of their own, as kinds of layers.
COMPUTING_NODES: Final = {
    "Addmm": "Dense",
    "Mm": "Dense",
    "Bmm": "Matmul",
    "Convolution": "Conv2D",
    "Embedding": "Embedding",
    "NativeBatchNorm": "BatchNormalization",
    "CudnnBatchNorm": "BatchNormalization",
    "NativeLayerNorm": "LayerNormalization",
    "NativeGroupNorm": "GroupNormalization",
    "MaxPool2DWithIndices": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "AdaptiveAvgPool2D": "GlobalAveragePooling2D",
    "Add": "Add",
    "Sub": "Subtract",
    "Mul": "Multiply",
    "Cat": "Concatenate",
}
HEAD_NODES: Final = frozenset({"Addmm", "Mm", "Bmm", "Convolution", "NativeBatchNorm", "NativeLayerNorm", "Add"})
# Kinds whose output is linear in their input: behind them nothing has been applied yet.
LINEAR_KINDS: Final = frozenset(
    {"Dense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"}
)
RECURRENT_KINDS: Final = frozenset({"RNN", "LSTM", "GRU"})

# Losses of `torch.nn.functional` → (identifier, from_logits).
LOSSES: Final[dict[str, tuple[str, bool | None]]] = {
    "cross_entropy": ("sparse_categorical_crossentropy", True),
    "nll_loss": ("sparse_categorical_crossentropy", False),
    "binary_cross_entropy": ("binary_crossentropy", False),
    "binary_cross_entropy_with_logits": ("binary_crossentropy", True),
    "mse_loss": ("mean_squared_error", None),
    "l1_loss": ("mean_absolute_error", None),
    "smooth_l1_loss": ("huber", None),
    "huber_loss": ("huber", None),
    "kl_div": ("kl_divergence", None),
    "gaussian_nll_loss": ("gaussian_nll", None),
    "poisson_nll_loss": ("poisson", None),
    "hinge_embedding_loss": ("hinge", None),
    "triplet_margin_loss": ("triplet", None),
    "ctc_loss": ("ctc", None),
}
ELEMENTWISE: Final = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"})
# The node at the top of such a loss, for functions that were imported by name before anything was patched.
LOSS_NODES: Final = {
    "NllLoss": "nll_loss",
    "NllLoss2D": "nll_loss",
    "BinaryCrossEntropy": "binary_cross_entropy",
    "BinaryCrossEntropyWithLogits": "binary_cross_entropy_with_logits",
    "MseLoss": "mse_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "HuberLoss": "huber_loss",
}


def kind_of(module: object) -> str:
    """Return the kind of layer that a module is; its class's name where nothing is known of it.

    >>> class Linear: ...
    >>> kind_of(Linear())
    'Dense'
    """
    name = type(module).__name__
    return "Activation" if name in ACTIVATION_MODULES else MODULES.get(name, name)
