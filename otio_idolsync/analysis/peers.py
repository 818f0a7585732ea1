"""Beat trackers of other packages behind our interface; none is needed, each is imported late.

Their beats are taken as they are. Trackers without bars get ours.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.backends import TrackedBeats
from otio_idolsync.errors import UsageError


class MadmomBeats:
    """madmom's recurrent networks and its dynamic Bayesian network, bars of three or four [1].

    [1] S. Böck, F. Krebs, G. Widmer, "Joint beat and downbeat tracking with recurrent neural
        networks", ISMIR 2016.
    """

    sample_rate = 44100
    _fps = 100

    def track(self, samples: NDArray[np.float32], rate: int) -> TrackedBeats:
        """Return beats and bars of mono samples."""
        from madmom.audio.signal import Signal
        from madmom.features.downbeats import (
            DBNDownBeatTrackingProcessor,
            RNNDownBeatProcessor,
        )

        signal = Signal(samples, sample_rate=rate, num_channels=1)
        heard = RNNDownBeatProcessor()(signal)
        rows = DBNDownBeatTrackingProcessor(beats_per_bar=[3, 4], fps=self._fps)(heard)
        return _numbered(rows)


class EssentiaBeats:
    """essentia's Degara tracker: beats only [1].

    [1] N. Degara et al., "Reliability-informed beat tracking of musical signals", IEEE TASLP 2012.
    """

    sample_rate = 44100

    def track(self, samples: NDArray[np.float32], rate: int) -> TrackedBeats:
        """Return the beats of mono samples."""
        import essentia
        import essentia.standard

        essentia.log.infoActive = False
        ticks = essentia.standard.BeatTrackerDegara()(np.ascontiguousarray(samples))
        return TrackedBeats(np.asarray(ticks, np.float64))


class BeatNetBeats:
    """BeatNet's network with madmom's dynamic Bayesian network, bars of two to four [1].

    [1] M. Heydari, F. Cwitkowitz, Z. Duan, "BeatNet: CRNN and particle filtering for online joint
        beat, downbeat and meter tracking", ISMIR 2021.
    """

    sample_rate = 22050

    def track(self, samples: NDArray[np.float32], rate: int) -> TrackedBeats:
        """Return beats and bars of mono samples."""
        # it imports pyaudio, which must be compiled, for its microphone mode only
        sys.modules.setdefault("pyaudio", types.ModuleType("pyaudio"))
        from BeatNet.BeatNet import BeatNet

        network = BeatNet(1, mode="offline", inference_model="DBN", plot=[], thread=False)
        return _numbered(network.process(samples))


class BeatThisBeats:
    """Beat This! with a checkpoint of the user's [1].

    [1] F. Foscarin, J. Schlüter, G. Widmer, "Beat this! Accurate beat tracking without DBN
        postprocessing", ISMIR 2024.
    """

    sample_rate = 22050

    def __init__(self, checkpoint: str) -> None:
        self._checkpoint = Path(checkpoint).expanduser()
        if not self._checkpoint.is_file():
            raise UsageError(
                f"checkpoint {checkpoint!r} of beat backend beat-this is no file; "
                "name one as in --backend beat-this:/models/final0.ckpt"
            )

    def track(self, samples: NDArray[np.float32], rate: int) -> TrackedBeats:
        """Return beats and bars of mono samples."""
        from beat_this.inference import Audio2Beats

        beats, downbeats = Audio2Beats(str(self._checkpoint), "cpu")(samples, rate)
        return _counted(np.asarray(beats, np.float64), np.asarray(downbeats, np.float64))


def _numbered(rows: NDArray[np.float64]) -> TrackedBeats:
    """Return rows of time and place in the bar as beats."""
    rows = np.asarray(rows, np.float64).reshape(-1, 2)
    return TrackedBeats(rows[:, 0], rows[:, 1].astype(np.int64))


def _counted(beats: NDArray[np.float64], downbeats: NDArray[np.float64]) -> TrackedBeats:
    """Return beats counted from each downbeat on; those before the first count up to it."""
    if not len(downbeats) or not len(beats):
        return TrackedBeats(beats)
    down = np.abs(beats[:, None] - downbeats[None]).min(axis=1) < 0.01
    index = np.arange(len(beats))
    starts = index[down]
    if not len(starts):
        return TrackedBeats(beats)
    latest = starts[np.clip(np.searchsorted(starts, index, side="right") - 1, 0, None)]
    usual = int(np.median(np.diff(starts))) if len(starts) > 1 else 4
    numbers = np.where(index >= latest, index - latest, (index - latest) % usual) + 1
    return TrackedBeats(beats, numbers.astype(np.int64))
