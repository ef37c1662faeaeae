"""The cures of rules in PyTorch's words: a rule judges facts, whatever framework they come from."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from trackexp.diagnosis.fit import Fit
from trackexp.record import Finding

FIXES: Final = {
    "abs-loss-on-binary": "use BCEWithLogitsLoss on the logits, without the sigmoid",
    "bad-init": "use nn.init.xavier_uniform_ (or kaiming_uniform_ before relu) and biases of 0",
    "bce-on-categorical": "use CrossEntropyLoss on the logits and the class ids",
    "bce-on-regression": "use MSELoss over a linear output, or scale bounded targets to 0 to 1",
    "cce-on-multilabel": "use BCEWithLogitsLoss on the logits",
    "cce-on-single-unit": "use BCEWithLogitsLoss on the one logit, or end in one unit for each class",
    "class-weight-inverted": "weigh each class by its share's inverse: weight=1 / counts",
    "custom-loss-unstable": "clamp probabilities before the logarithm, or compute from logits with F.logsigmoid or "
    "F.log_softmax",
    "dead-relu": "lower the learning rate, keep biases at 0, standardise the inputs, or use nn.LeakyReLU",
    "double-activation": "drop one of the two",
    "exploding-gradient": "call torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) before the step, lower the "
    "learning rate, standardise inputs and targets",
    "frozen-untrained": "load weights before freezing, or leave requires_grad on in these layers",
    "gradient-blocked": "look for .data, .detach(), torch.no_grad(), argmax or round behind the layer",
    "inputs-not-normalized": "standardise them by the training rows, or divide pixels by 255",
    "label-shape-broadcast": "end in as many units as the targets have columns",
    "linear-without-from-logits": "use the loss that takes logits (CrossEntropyLoss, BCEWithLogitsLoss), or end in "
    "log_softmax before NLLLoss and in a sigmoid before BCELoss",
    "loss-not-averaged": 'use reduction="mean"',
    "lr-decay-too-fast": "step the scheduler once an epoch, or let it fall to a hundredth over the whole training",
    "missing-flatten": "put nn.Flatten() or a global pooling layer before the last layers",
    "missing-nonlinearity": "put nn.ReLU() between the hidden layers, or F.relu into forward",
    "mse-on-classification": "use CrossEntropyLoss on logits (BCEWithLogitsLoss for two classes)",
    "nothing-trainable": "set requires_grad = True on what is to be learnt, before the optimizer is made",
    "regression-on-class-ids": "end in one unit for each class, with CrossEntropyLoss",
    "relu-on-probability": "end in no activation, with the loss that takes logits",
    "sigmoid-on-multiclass": "drop the sigmoid, and use CrossEntropyLoss on the logits",
    "sigmoid-with-from-logits": "drop the sigmoid: BCEWithLogitsLoss takes the logits, or use BCELoss behind it",
    "softmax-hidden": "use nn.ReLU() inside, and no softmax before CrossEntropyLoss",
    "softmax-on-regression": "end in a linear layer",
    "softmax-single-unit": "end in one logit with BCEWithLogitsLoss, or in one unit for each class",
    "softmax-with-from-logits": "drop the softmax: CrossEntropyLoss takes the logits",
    "sorted-validation-split": "permute the rows before they are split, or split them stratified",
    "targets-not-scaled": "standardise the targets, or fill the last layer's bias with their mean",
    "too-few-output-units": "end in as many units as there are classes",
    "unshuffled-sorted": "pass shuffle=True to the DataLoader",
    "zero-init": "use nn.init.xavier_uniform_; zeros are for biases",
}


def in_words_of(fit: Fit, finding: Finding) -> Finding:
    """Return a finding of a PyTorch training in PyTorch's words; any other one as it is."""
    if fit.facts.get("framework") != "torch":
        return finding
    message = finding.message
    for loss in fit.facts.get("compile", {}).get("losses", []):
        function = loss.get("config", {}).get("function")
        if function and function != "custom":
            message = message.replace(f"loss={loss['identifier']}", str(function))
    message = message.replace(" has from_logits=True", " takes logits")
    return replace(finding, message=message, fix=FIXES.get(finding.name, finding.fix))
