from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from trackexp.partitioning.duplicates.bands import near_fingerprints
from trackexp.partitioning.duplicates.perceptual import fingerprints, same_picture
from trackexp.partitioning.duplicates.rows import joined
from trackexp.partitioning.duplicates.texts import near_texts


def test_fingerprints_within_three_bits_are_all_found():
    """As comparing every two of them says, flips anywhere in the word."""
    rng = np.random.default_rng(0)
    found = rng.integers(0, 2**64, 300, dtype=np.uint64)
    for row in range(100):
        for bit in rng.choice(64, row % 5, replace=False):
            found[200 + row] = found[200 + row] if row % 5 == 0 else found[row] ^ (np.uint64(1) << np.uint64(bit))
    every = np.bitwise_count(found[:, None] ^ found) <= 3
    expected = {(i, j) for i, j in np.argwhere(every).tolist() if i < j}

    assert expected == {tuple(pair) for pair in near_fingerprints(found, 3).tolist()}
    assert len(expected) > 20


def test_equal_fingerprints_are_chained():
    """A thousand of one kind are 999 pairs, not half a million."""
    assert 999 == len(near_fingerprints(np.zeros(1_000, dtype=np.uint64), 3))


@pytest.mark.parametrize("side", [28, 32, 50])
def test_a_picture_with_noise_or_other_brightness_is_the_same(side: int):
    """And two different ones are not, whatever their size."""
    rng = np.random.default_rng(0)
    pictures = gaussian_filter(rng.normal(size=(20, side, side)), (0, side / 12, side / 12))
    pictures = 255 * (pictures - pictures.min()) / np.ptp(pictures)
    noise = 0.2 * rng.normal(size=pictures.shape)
    changed = np.concatenate([pictures, pictures * 0.8 + 10, pictures + noise])
    bits, thumbs = fingerprints(changed)
    pairs = near_fingerprints(bits, 3)
    cluster = joined(pairs[same_picture(thumbs, pairs)], np.arange(60))

    np.testing.assert_array_equal(cluster[:20], cluster[20:40])
    np.testing.assert_array_equal(cluster[:20], cluster[40:])
    assert 20 == len(np.unique(cluster))


def test_flat_pictures_are_the_same_only_when_they_are_equal():
    """A correlation of nothing says nothing."""
    flat = np.stack([np.full((32, 32), value) for value in (0.2, 0.2, 0.9)])
    _, thumbs = fingerprints(flat)

    assert [True, False] == same_picture(thumbs, np.array([[0, 1], [0, 2]])).tolist()


def test_texts_that_differ_in_case_or_a_word_are_found():
    """And others are not, of the same words in another order."""
    base = "the lemon was taken from the second crate on the left and had a small green spot near its stem"
    texts = [
        base,
        base.upper().replace(" ", "  ") + "!",
        base.replace("small", "tiny"),
        " ".join(reversed(base.split())),
        "short",
        "SHORT.",
    ]
    cluster = joined(near_texts(texts), np.arange(6))

    assert cluster[0] == cluster[1] == cluster[2] != cluster[3]
    assert cluster[4] == cluster[5]


def test_pairs_join_whole_groups():
    """A copy in another group brings all of it along."""
    assert [0, 0, 0, 0, 1] == joined(np.array([[1, 2]]), np.array([0, 0, 1, 1, 2])).tolist()
