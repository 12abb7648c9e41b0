"""Handwritten digits, bundled with scikit-learn, split by seed; the test part is always the same."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

TEST_PART, VALIDATION_PART = 0.3, 0.25


def load(seed, split):
    """Return what to learn from and what to be judged by, each as (images, digits).

    "validation": parts of what is not for the test, other ones for each seed; "test": the test part, with
    what is left out of learning drawn by the seed.
    """
    images, digits = load_digits(return_X_y=True)
    rest, test, rest_digits, test_digits = train_test_split(
        images, digits, test_size=TEST_PART, random_state=0, stratify=digits
    )
    learn, held, learn_digits, held_digits = train_test_split(
        rest, rest_digits, test_size=VALIDATION_PART, random_state=seed, stratify=rest_digits
    )
    return (learn, learn_digits), (held, held_digits) if split == "validation" else (test, test_digits)
