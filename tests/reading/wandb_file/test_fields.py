from __future__ import annotations

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp
from wandb.proto import wandb_internal_pb2

from trackexp.reading.wandb_file.fields import MESSAGES, Field

KINDS = {
    "text": {FieldDescriptor.TYPE_STRING},
    "integer": {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64},
    "unsigned": {FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_ENUM},
    "zigzag": {FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SINT64},
    "boolean": {FieldDescriptor.TYPE_BOOL},
    "double": {FieldDescriptor.TYPE_DOUBLE},
    "message": {FieldDescriptor.TYPE_MESSAGE},
    "map": {FieldDescriptor.TYPE_MESSAGE},
}


def declared(message: str) -> Descriptor:
    """Return the descriptor of a message as the installed wandb declares it."""
    if message == "Timestamp":
        return Timestamp.DESCRIPTOR
    outer, _, inner = message.partition(".")
    descriptor = getattr(wandb_internal_pb2, outer).DESCRIPTOR
    return descriptor.nested_types_by_name[inner] if inner else descriptor


@pytest.mark.parametrize(
    ("message", "number"), [(name, number) for name, known in MESSAGES.items() for number in known]
)
def test_every_field_is_what_the_installed_wandb_declares(message: str, number: int) -> None:
    """Number, JSON name, kind, repetition and message type agree, so that a wandb that changes one is noticed."""
    field: Field = MESSAGES[message][number]
    real = declared(message).fields_by_number[number]

    assert real.json_name == field.name
    assert real.type in KINDS[field.kind]
    assert real.is_repeated == field.repeated
    if field.message:
        assert real.message_type.full_name == declared(field.message).full_name
        assert real.message_type.GetOptions().map_entry == (field.kind == "map")
