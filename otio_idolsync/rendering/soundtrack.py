"""Encode the movie's sound once, whole: per-shot sound that is joined later drifts.

The song is never cut to the number of frames, and comes out sample for sample in ALAC and PCM.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import ffmpeg
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from otio_idolsync.errors import MediaError, UsageError
from otio_idolsync.media.ffmpeg import find_ffmpeg, graph_name, run_graph
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.probe import chosen_picture
from otio_idolsync.media.song import opened_sound, sound_index
from otio_idolsync.rendering.loudness import brought_to
from otio_idolsync.rendering.model import SoundPiece
from otio_idolsync.rendering.options import AudioCodec
from otio_idolsync.timebase import whole_samples

_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_AAC_FALLBACK_RATE = 48000
_PROBE_BYTES = 65536
_LOSSLESS = frozenset({"flac", "alac", "wavpack", "tta"})
# Kinds of file that say how much encoder delay to skip; Matroska's muxer does not.
_SUFFIXES: dict[AudioCodec, str] = {"aac": ".m4a", "alac": ".m4a", "pcm": ".mov"}
_FORMATS = {".m4a": "mp4", ".mov": "mov"}


@dataclass(frozen=True, slots=True)
class _Sound:
    """What an audio file holds.

    Attributes:
        sample_rate: Hz.
        samples: How ffmpeg decodes them, packed: ``u8``, ``s16``, ``s32``, ``flt``, ``dbl``.
        bits: Bits of a sample that carry something; 0 where nobody knows.
        lossless: Whether every decoder gives the same samples.
        channels: How many.
    """

    sample_rate: int
    samples: str
    bits: int
    lossless: bool
    channels: int


@dataclass(frozen=True, slots=True)
class StoredSound:
    """Where a file's sound lies in it.

    Attributes:
        stream: Which of the file's sound streams it is, from 0.
        streams: How many sound streams the file has.
        delay: How much later than the file's picture it begins, in seconds; 0 without a picture.
        seconds: About how long it is by its header, or None where that does not say.
    """

    stream: int
    streams: int
    delay: Fraction
    seconds: Fraction | None


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """How the sound will be encoded.

    Attributes:
        pieces: What sounds when; one or more.
        codec: As asked for.
        encoder: ffmpeg's name of it.
        suffix: Suffix of the encoded sound's own file.
        sample_rate: Hz.
        channels: How many.
        bit_exact: Whether it comes out sample for sample.
        key: What it is made of, 64 hex digits.
        warnings: What is not as in the source.
        window: The samples that are kept, from and to; None for all.
        lufs: The loudness that it is brought to; None for its own.
    """

    pieces: tuple[SoundPiece, ...]
    codec: AudioCodec
    encoder: str
    suffix: str
    sample_rate: int
    channels: int
    bit_exact: bool
    key: str
    warnings: tuple[str, ...] = ()
    window: tuple[int, int | None] | None = None
    lufs: float | None = None

    def cut_to(self, begin: int, end: int | None) -> Soundtrack:
        """Return a stretch of it, from one sample to another or to its end."""
        key = hashlib.sha256(f"{self.key} {begin} {end}".encode()).hexdigest()
        return replace(self, window=(begin, end), bit_exact=False, key=key)

    def at_loudness(self, lufs: float) -> Soundtrack:
        """Return it brought to a loudness in LUFS."""
        key = hashlib.sha256(f"{self.key} {lufs} LUFS".encode()).hexdigest()
        return replace(self, lufs=lufs, bit_exact=False, key=key)


def check_codec(codec: AudioCodec, suffix: str) -> None:
    """Refuse a codec that the movie's container cannot carry everywhere.

    Raises:
        UsageError: PCM in MP4.
    """
    if codec == "pcm" and suffix == ".mp4":
        raise UsageError("PCM sound in .mp4 is not playable everywhere; name a .mov or use alac")


def plan_soundtrack(
    pieces: Sequence[SoundPiece], codec: AudioCodec, media: KnownMedia
) -> Soundtrack:
    """Choose how the sound is encoded.

    Args:
        pieces: What sounds when; one or more.
        codec: As asked for.
        media: Knows the content of files.

    Raises:
        MediaError: A file has no sound or cannot be read.
    """
    first = _sound_of(pieces[0])
    rate, warnings = first.sample_rate, []
    if codec == "aac" and rate not in _AAC_RATES:
        rate = _AAC_FALLBACK_RATE
        warnings.append(
            f"AAC cannot carry {first.sample_rate} Hz: {pieces[0].path.name} is resampled to "
            f"{rate} Hz (alac keeps it)"
        )
    name = _codec_name(codec, first)
    whole = len(pieces) == 1 and pieces[0].whole
    exact = whole and _exact(codec, first)
    made = _SUFFIXES[codec]
    facts = [
        [[media.digest(piece.path), *_heard(piece)] for piece in pieces],
        [name, made, rate, find_ffmpeg()[0]],
    ]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    if len(pieces) > 1 and codec != "aac":
        warnings.append("the sound is mixed from several pieces: it is not bit-exact")
    return Soundtrack(
        tuple(pieces), codec, name, made, rate, first.channels, exact, key, tuple(warnings)
    )


def _heard(piece: SoundPiece) -> list[str]:
    """Return all that decides what is heard of a file."""
    parts = (piece.start, piece.length, piece.record, piece.gain, piece.fade_in, piece.fade_out)
    speed = [str(piece.speed)] if piece.speed != 1 else []
    stream = [f"stream {piece.stream}"] if piece.stream else []
    return [*(str(part) for part in parts), str(piece.even_power), *speed, *stream]


def encode_soundtrack(track: Soundtrack, target: Path, stop: threading.Event) -> list[str]:
    """Write the encoded sound and return what there is to say of it; ``stop`` ends it early.

    Raises:
        MediaError: ffmpeg cannot do it.
        OSError: The file cannot be written: the disk is full.
    """
    sounds = [_piece_graph(index, track) for index in range(len(track.pieces))]
    mixed = (
        sounds[0]
        if len(sounds) == 1
        else ffmpeg.filter(sounds, "amix", inputs=len(sounds), normalize=0, duration="longest")
    )
    if track.window:
        limits = dict(zip(("start_sample", "end_sample"), track.window, strict=True))
        kept = {name: sample for name, sample in limits.items() if sample is not None}
        mixed = mixed.filter("aresample", track.sample_rate).filter("atrim", **kept)
        mixed = mixed.filter("asetpts", "N/SR/TB")
    notes: list[str] = []
    if track.lufs is not None:
        mixed, notes = brought_to(mixed, track.lufs, stop)
    settings: dict[str, Any] = {"acodec": track.encoder, "format": _FORMATS[track.suffix]}
    if track.codec == "aac":
        settings |= {"audio_bitrate": "256k", "ar": str(track.sample_rate)}
    output = ffmpeg.output(mixed, str(target), map_metadata="-1", fflags="+bitexact", **settings)
    try:
        run_graph(output, f"encode the sound of {track.pieces[0].path}", stop)
    except MediaError:
        # ffmpeg says the same of a bad song and of a full disk: only writing tells them apart.
        with target.open("ab") as file:
            file.write(bytes(_PROBE_BYTES))
        raise
    return notes


def _piece_graph(index: int, track: Soundtrack) -> Any:
    piece = track.pieces[index]
    # A setting that differs keeps two pieces of one file apart: equal inputs would become one.
    opened = ffmpeg.input(graph_name(piece.path), thread_queue_size=str(8 + index))
    # Sample 0 is the first that is decoded, wherever the container's clock puts it.
    sound = opened[f"a:{piece.stream}"].filter("asetpts", "N/SR/TB")
    if piece.whole and len(track.pieces) == 1:
        return sound
    rate = track.sample_rate
    sound = sound.filter("aresample", rate)
    begin = whole_samples(piece.start * rate)
    limits = {"start_sample": begin}
    if piece.length is not None:
        limits["end_sample"] = begin + whole_samples(piece.length * piece.speed * rate)
    sound = sound.filter("atrim", **limits).filter("asetpts", "N/SR/TB")
    if piece.speed != 1:
        sound = sound.filter("asetrate", whole_samples(rate * piece.speed)).filter(
            "aresample", rate
        )
    sound = _levelled(sound, piece, rate)
    if len(track.pieces) > 1:
        # All alike before they are added; ffmpeg would make a mono voice 3 dB quieter.
        if track.channels == 2 and _sound_of(piece).channels == 1:
            sound = sound.filter("channelmap", "0-FL|0-FR")
        layout = {1: "mono", 2: "stereo"}.get(track.channels)
        layouts = {"channel_layouts": layout} if layout else {}
        sound = sound.filter("aformat", sample_fmts="fltp", **layouts)
    late = whole_samples(piece.record * rate)
    return sound.filter("adelay", f"{late}S", all=1) if late else sound


def _levelled(sound: Any, piece: SoundPiece, rate: int) -> Any:
    """Return a piece with its fades and gain, found on whole samples."""
    if piece.fade_in or piece.fade_out or piece.gain != 1:
        sound = sound.filter("aformat", sample_fmts="fltp")
    curve = "qsin" if piece.even_power else "tri"
    if piece.fade_in:
        samples = max(1, whole_samples(piece.fade_in * rate))
        sound = sound.filter("afade", type="in", start_sample=0, nb_samples=samples, curve=curve)
    if piece.fade_out and piece.length is not None:
        samples = max(1, whole_samples(piece.fade_out * rate))
        begin = max(0, whole_samples(piece.length * rate) - samples)
        sound = sound.filter(
            "afade", type="out", start_sample=begin, nb_samples=samples, curve=curve
        )
    if piece.gain != 1:
        sound = sound.filter("volume", f"{float(piece.gain):.9f}", precision="float")
    return sound


def stored_sound(path: Path, stream: int | None = None) -> StoredSound:
    """Return where a file's sound lies in it.

    Args:
        path: Any file with sound.
        stream: Which of its sound streams, from 0; by default the default one, else the first.

    Raises:
        MediaError: There is no such sound, or it cannot be read.
    """
    with opened_sound(path, stream) as (container, sound):
        shown, seconds = None, None
        with contextlib.suppress(MediaError):  # there is no picture
            shown = _begin(chosen_picture(container, path))
        begin = _begin(sound)
        delay = Fraction(0) if shown is None or begin is None else begin - shown
        if sound.duration and sound.time_base:
            seconds = Fraction(sound.duration * sound.time_base)
        elif container.duration:
            seconds = Fraction(container.duration, av.time_base)
        return StoredSound(
            sound_index(container, sound), len(container.streams.audio), delay, seconds
        )


def _begin(stream: AudioStream | VideoStream) -> Fraction | None:
    """Return when a stream begins by its file's clock, in seconds."""
    if stream.start_time is None or stream.time_base is None:
        return None
    return stream.start_time * stream.time_base


def _sound_of(piece: SoundPiece) -> _Sound:
    with opened_sound(piece.path, piece.stream) as (_container, sound):
        codec = sound.codec_context
        samples = codec.format.packed.name if codec.format else "flt"
        lossless = codec.name.startswith("pcm_") or codec.name in _LOSSLESS
        bits = _sample_bits(codec, samples)
        return _Sound(codec.sample_rate, samples, bits, lossless, codec.channels)


def _sample_bits(codec: Any, samples: str) -> int:
    """Return how many bits of a sample carry something: 24 often come as 32."""
    if samples != "s32":
        return {"u8": 8, "s16": 16, "flt": 32, "dbl": 64}.get(samples, 0)
    header = bytes(codec.extradata or b"")
    if codec.name == "flac" and len(header) >= 18:
        return (int.from_bytes(header[10:18], "big") >> 36 & 31) + 1
    if codec.name == "alac" and len(header) >= 18:
        return header[17]
    return 24 if "s24" in codec.name else 32 if codec.name.startswith("pcm_") else 0


def _codec_name(codec: AudioCodec, sound: _Sound) -> str:
    if codec != "pcm":
        return codec
    if sound.samples == "s32":
        return "pcm_s24le" if 0 < sound.bits <= 24 else "pcm_s32le"
    return {"u8": "pcm_s16le", "s16": "pcm_s16le", "dbl": "pcm_f64le"}.get(
        sound.samples, "pcm_f32le"
    )


def _exact(codec: AudioCodec, sound: _Sound) -> bool:
    """Tell whether a codec gives the sound back sample for sample."""
    if codec == "alac":
        return sound.lossless and sound.samples not in ("flt", "dbl") and 0 < sound.bits <= 24
    return sound.lossless and codec == "pcm"
