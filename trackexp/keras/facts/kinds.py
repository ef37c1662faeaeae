"""What Keras's layers do, in the words that the facts of every framework share."""

from __future__ import annotations

from typing import Any

import keras

from trackexp.fit.plain import is_own, snake_case
from trackexp.record.facts import LayerKind

_ND = ("1D", "2D", "3D")
_KINDS: dict[LayerKind, frozenset[str]] = {
    "input": frozenset({"InputLayer"}),
    "dense": frozenset({"Dense", "EinsumDense"}),
    "convolution": frozenset(
        f"{name}{n}"
        for name in ("Conv", "SeparableConv", "DepthwiseConv")
        for n in (*_ND, *(f"{n}Transpose" for n in _ND))
    ),
    "recurrent": frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", *(f"ConvLSTM{n}" for n in _ND)}),
    "attention": frozenset({"Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"}),
    "embedding": frozenset({"Embedding", "ReversibleEmbedding"}),
    "normalization": frozenset(
        {"BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization"}
    ),
    "dropout": frozenset(
        {"Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", *(f"SpatialDropout{n}" for n in _ND)}
    ),
    "pooling": frozenset(
        f"{name}{n}"
        for name in ("MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling")
        for n in _ND
    ),
    "activation": frozenset({"Activation", "Softmax", "ReLU", "LeakyReLU", "PReLU", "ELU"}),
    "reshaping": frozenset(
        {"Flatten", "Reshape", "Permute", "RepeatVector", "Cropping1D", "Cropping2D", "Cropping3D", "ZeroPadding1D",
         "ZeroPadding2D", "ZeroPadding3D", "UpSampling1D", "UpSampling2D", "UpSampling3D"}
    ),
    "merging": frozenset({"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"}),
    "preprocessing": frozenset(
        {"Normalization", "Rescaling", "Resizing", "CenterCrop", "Discretization", "CategoryEncoding", "Hashing",
         "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization", "MelSpectrogram"}
    ),
    "augmentation": frozenset({"MixUp", "CutMix", "AutoContrast", "Equalization", "Solarization", "RandAugment"}),
}  # fmt: skip
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}


def layer_kind(layer: Any) -> LayerKind:
    """Return what a layer or operation does; a subclass of one of Keras's does what that one does.

    >>> layer_kind(keras.layers.Dense(2)), layer_kind(keras.layers.RandomFlip())
    ('dense', 'augmentation')
    """
    if isinstance(layer, keras.Model):
        return "container"
    if not isinstance(layer, keras.Layer):
        return _OPERATIONS.get(snake_case(type(layer).__name__), "other")
    for owner in type(layer).__mro__:
        if is_own(owner, "keras"):
            if owner.__name__ in _KIND_OF:
                return _KIND_OF[owner.__name__]
            if owner.__name__.startswith("Random"):
                return "augmentation"
            if owner.__name__ == "Wrapper" and hasattr(layer, "layer"):
                return layer_kind(layer.layer)
    return "other"


_OPERATIONS: dict[str, LayerKind] = {
    **dict.fromkeys(("relu", "relu6", "sigmoid", "softmax", "tanh", "gelu", "silu", "softplus"), "activation"),
    **dict.fromkeys(("reshape", "transpose", "squeeze", "expand_dims", "ravel", "get_item", "swapaxes"), "reshaping"),
    **dict.fromkeys(("add", "subtract", "multiply", "concatenate", "stack", "maximum", "minimum"), "merging"),
}  # fmt: skip
