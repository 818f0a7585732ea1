"""The network that finds beats: what it hears, and that numpy answers as torch does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from otio_idolsync.analysis.tracker.features import ATTACK_BANDS, FPS, PITCHES, WIDTH, log_bands
from otio_idolsync.analysis.tracker.net import PIECE_FRAMES, activations, answer, shipped

RATE = 24000


def clicks(seconds: float, gap: float, rate: int = RATE) -> NDArray[np.float32]:
    """Return a steady beat: a low thump, every second one with a burst of noise."""
    rng = np.random.default_rng(0)
    out = rng.normal(0, 1e-3, int(seconds * rate))
    for index, start in enumerate(np.arange(0.3, seconds - 0.3, gap)):
        time = np.arange(int(0.12 * rate)) / rate
        thump = np.sin(2 * np.pi * 60 * time) + (index % 2) * 0.5 * rng.normal(0, 1, len(time))
        first = round(start * rate)
        out[first : first + len(time)] += thump * np.exp(-time * 30)
    return (0.3 * out).astype(np.float32)


@pytest.fixture(scope="module")
def song() -> NDArray[np.float32]:
    return clicks(20, 0.5)


def test_a_song_20_db_quieter_has_the_same_features(song: NDArray[np.float32]) -> None:
    assert np.abs(log_bands(song * np.float32(0.1), RATE) - log_bands(song, RATE)).max() < 1e-3


def test_features_are_one_row_each_25th_of_a_second(song: NDArray[np.float32]) -> None:
    assert log_bands(song, RATE).shape == (20 * FPS + 1, WIDTH)
    assert WIDTH == 2 * ATTACK_BANDS + PITCHES


def test_a_click_shows_in_the_frame_nearest_to_it() -> None:
    samples = np.zeros(4 * RATE, np.float32)
    samples[2 * RATE] = 1.0
    attacks = log_bands(samples, RATE)[:, : 2 * ATTACK_BANDS].reshape(-1, ATTACK_BANDS)
    assert np.argmax(attacks.sum(axis=1)) == 2 * 2 * FPS


@pytest.mark.parametrize("rate", [22050, 44100, 48000])
def test_features_hardly_depend_on_the_sample_rate(rate: int) -> None:
    time = np.arange(4 * rate) / rate
    samples = (np.sin(2 * np.pi * 220 * time) * (time % 1 < 0.3)).astype(np.float32)
    time = np.arange(4 * RATE) / RATE
    usual = (np.sin(2 * np.pi * 220 * time) * (time % 1 < 0.3)).astype(np.float32)
    got, want = log_bands(samples, rate), log_bands(usual, RATE)
    loud = want > -2
    assert np.abs(got[loud] - want[loud]).max() < 0.1


def test_silence_has_features_and_no_beats() -> None:
    answered = activations(np.zeros(5 * RATE, np.float32), RATE)
    assert np.isfinite(answered.beat).all()
    assert answered.beat.max() < 0.5


@pytest.mark.parametrize("count", [0, 1, 100, 959])
def test_the_shortest_sounds_are_answered_too(count: int) -> None:
    answered = activations(np.full(count, 0.1, np.float32), RATE)
    assert len(answered.beat) == 2
    assert np.isfinite(answered.beat).all()


def test_a_steady_beat_is_heard_where_it_is(song: NDArray[np.float32]) -> None:
    answered = activations(song, RATE)
    on = np.round(np.arange(2.3, 18, 0.5) * answered.fps).astype(int)
    near = answered.beat[on[:, None] + np.arange(-1, 2)].max(axis=1)
    assert np.mean(near > 0.4) > 0.9
    assert answered.beat[on + round(0.25 * answered.fps)].mean() < 0.2


def test_no_moment_is_likelier_a_downbeat_than_the_network_can_say(
    song: NDArray[np.float32],
) -> None:
    answered = activations(song, RATE)
    assert len(answered.beat) == len(answered.downbeat) == 2 * (20 * FPS + 1)
    assert answered.fps == 2 * FPS
    for values in (answered.beat, answered.downbeat):
        assert values.dtype == np.float32
        assert values.min() >= 0
        assert values.max() <= 1


def test_the_same_song_gives_the_same_answer(song: NDArray[np.float32]) -> None:
    first, second = activations(song, RATE), activations(song, RATE)
    assert np.array_equal(first.beat, second.beat)
    assert np.array_equal(first.downbeat, second.downbeat)


def test_a_long_song_in_pieces_is_answered_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    bands = np.random.default_rng(0).normal(-2, 1, (3000, WIDTH)).astype(np.float32)
    assert len(bands) < PIECE_FRAMES
    whole = answer(shipped(), bands)
    monkeypatch.setattr("otio_idolsync.analysis.tracker.net.PIECE_FRAMES", 700)
    pieces = answer(shipped(), bands)
    assert np.abs(whole.beat - pieces.beat).max() < 1e-5
    assert np.abs(whole.downbeat - pieces.downbeat).max() < 1e-5


def test_the_tracker_needs_no_torch_to_run() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from otio_idolsync.analysis.tracker.net import activations\n"
        "print(len(activations(np.zeros(24000, np.float32), 24000).beat))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "52", done.stderr


def test_numpy_answers_as_torch_does(tmp_path: Path, training: Path) -> None:
    pytest.importorskip("torch")
    code = (
        "import sys\n"
        "import numpy as np, torch\n"
        "from pathlib import Path\n"
        "from network import Tracker, weights\n"
        "from otio_idolsync.analysis.tracker.net import Network\n"
        "torch.manual_seed(0)\n"
        "model = Tracker(np.full(192, -2.0), np.full(192, 1.5))\n"
        "for p in model.parameters(): p.data = p.data + 0.05 * torch.randn_like(p)\n"
        "exact = weights(model.state_dict(), np.float32)\n"
        "path = Path(sys.argv[1]); np.savez(path, **exact)\n"
        "bands = np.random.default_rng(0).normal(-2, 1, (900, 192)).astype(np.float32)\n"
        "with torch.no_grad(): want = model(torch.from_numpy(bands)[None])[0].numpy()\n"
        "got = Network.read(path).logits(bands)\n"
        "print(float(np.abs(got - want).max() / np.abs(want).max()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "weights.npz")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(training)},
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1e-4
