"""The built-in backend ``librosa``: its dynamic-programming tracker on our onsets and tempo.

librosa marks beats about 40 ms late, because its onset strength shifts frames by half a window to
the middle of the window while a log-power rise is greatest when the window first touches the
attack. Here the onsets come from a shorter window without that shift, the tempo from a path
through a tempogram (so that a song may drift), and each beat is refined to the attack near it.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.attacks import refine
from otio_idolsync.analysis.backends import TrackedBeats
from otio_idolsync.analysis.features import FAST_HOP, FAST_RATE, onsets
from otio_idolsync.analysis.sound import RATE
from otio_idolsync.analysis.tempo import tempo_path

_TIGHTNESS = 1000.0


class LibrosaBeats:
    """librosa's beat tracker, corrected."""

    sample_rate = RATE

    def track(self, samples: NDArray[np.float32], rate: int) -> TrackedBeats:
        """Return the beats of mono samples; none where nothing begins."""
        bands = onsets(samples)
        envelope = np.asarray((bands / (bands.std(axis=0) + 1e-6)).sum(axis=1), np.float32)
        if not np.any(bands > 1e-3):
            return TrackedBeats(np.zeros(0))
        tempo = tempo_path(bands)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import librosa

            _, frames = librosa.beat.beat_track(
                onset_envelope=envelope,
                sr=rate,
                hop_length=FAST_HOP,
                bpm=tempo,
                tightness=_TIGHTNESS,
                trim=False,
            )
        beats = np.asarray(frames, np.float64) / FAST_RATE
        return refine(samples, beats) if len(beats) > 1 else TrackedBeats(beats)
