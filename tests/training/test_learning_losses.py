from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from icemargin.training.learning.losses import head_loss, smoothed, total_loss
from icemargin.training.learning.schedule import cosine, make_schedule
from icemargin.training.learning.settings_parts import Loss, Optimiser
from icemargin.training.network import Logits
from torch.nn import functional


def logits_of(*glacier):
    """Return 1 x 2 x 1 x W logits with these probabilities of glacier."""
    values = [[0.0, math.log(p / (1 - p))] for p in glacier]
    return torch.tensor(values).T.reshape(1, 2, 1, -1)


def by_hand(p, label, gamma, smoothing):
    truth = (1 - smoothing) * label + smoothing / 2
    return -((1 - p) ** gamma) * truth * math.log(p) - p**gamma * (1 - truth) * math.log(1 - p)


@pytest.mark.parametrize("gamma, smoothing", [(2.0, 0.1), (2.0, 0.0), (0.0, 0.1), (1.5, 0.3)])
def test_focal_loss_by_hand(gamma, smoothing):
    found = head_loss(logits_of(0.75, 0.2), torch.tensor([[[1, 0]]]), Loss(gamma, smoothing))
    expected = (by_hand(0.75, 1, gamma, smoothing) + by_hand(0.2, 0, gamma, smoothing)) / 2
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_a_number_worked_out_on_paper():
    """p = 3/4, glacier, gamma 2, no smoothing: (1/4)^2 ln(4/3) = 0.01798."""
    assert float(head_loss(logits_of(0.75), torch.tensor([[[1]]]), Loss(2, 0))) == pytest.approx(0.017980, abs=1e-6)


def test_without_focus_it_is_cross_entropy():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 2, 5, 5, generator=generator)
    label = torch.randint(-1, 2, (2, 5, 5), generator=generator)
    expected = functional.cross_entropy(logits, label, ignore_index=-1, label_smoothing=0.1)
    torch.testing.assert_close(head_loss(logits, label, Loss(0, 0.1)), expected)


def test_smoothed_labels():
    values = smoothed(torch.tensor([[[1, 0]]]), 0.1)
    np.testing.assert_allclose(values[0, :, 0].numpy(), [[0.05, 0.95], [0.95, 0.05]], rtol=1e-6)


def test_unlabelled_pixels_never_count():
    logits = logits_of(0.75, 0.99, 0.2).requires_grad_()
    loss = head_loss(logits, torch.tensor([[[1, -1, 0]]], dtype=torch.int8), Loss())
    loss.backward()
    torch.testing.assert_close(loss, head_loss(logits_of(0.75, 0.2), torch.tensor([[[1, 0]]]), Loss()))
    assert logits.grad[..., 1].abs().max() == 0 and logits.grad[..., 0].abs().min() > 0


def test_a_batch_without_labels_teaches_nothing():
    logits = torch.randn(2, 2, 4, 4).requires_grad_()
    loss = total_loss(Logits(logits, logits), torch.full((2, 4, 4), -1), Loss())
    loss.backward()
    assert loss.item() == 0 and logits.grad.abs().max() == 0 and torch.isfinite(logits.grad).all()


def test_the_auxiliary_head_counts_half():
    output, auxiliary, label = logits_of(0.7), logits_of(0.4), torch.tensor([[[1]]])
    settings = Loss()
    expected = by_hand(0.7, 1, 2, 0.1) + 0.5 * by_hand(0.4, 1, 2, 0.1)
    assert float(total_loss(Logits(output, auxiliary), label, settings)) == pytest.approx(expected, rel=1e-5)
    assert float(total_loss(Logits(output, None), label, settings)) == pytest.approx(by_hand(0.7, 1, 2, 0.1), rel=1e-5)


def rates(settings, epochs, steps=4, spent=lambda: 0.0):
    """Return the rate of every step."""
    optimiser = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=settings.rate)
    schedule = make_schedule(optimiser, settings, steps, epochs * steps, spent)
    found = []
    for _ in range(epochs * steps):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return np.array(found)


def test_restarts_after_10_30_70_and_150_epochs():
    found = rates(Optimiser(), 160)
    assert (1 + np.flatnonzero(np.diff(found) > 0)).tolist() == [40, 120, 280, 600]
    assert found[[0, 40, 120, 280, 600]] == pytest.approx([5e-4] * 5)
    assert found[20] == pytest.approx(2.5e-4)  # the middle of the first cycle
    assert found[40 + 20] == pytest.approx(5e-4 * (1 + math.cos(math.pi / 4)) / 2)


def test_one_cosine_with_a_warm_up():
    found = rates(Optimiser(1e-3, "cosine", warm_up=0.25), 10)
    assert found[:10] == pytest.approx([1e-5, *(1e-3 * np.arange(1, 10) / 10)])
    assert found[10] == found.max() == pytest.approx(1e-3) and found[25] == pytest.approx(5e-4)
    assert 0 < found[-1] < 5e-6


def test_the_cosine_falls_with_the_time_where_more_of_it_is_gone():
    assert rates(Optimiser(1.0, "cosine"), 5, spent=lambda: 0.5)[:10] == pytest.approx([0.5] * 10)
    assert cosine(1.7, 0) == 0 and cosine(0, 0) == 1
