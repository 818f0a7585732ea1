"""Tell by its name what kind of file lies in a shots folder.

Whatever is not known to be something else is named when it is passed over: a picture that nobody
here can read must not be missing in silence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

VIDEO_SUFFIXES = frozenset(
    ".264 .265 .3g2 .3gp .amv .apng .asf .avi .av1 .cine .divx .dv .f4v .flc .fli .flv .gif .gxf "
    ".h264 .h265 .hevc .insv .ivf .m1v .m2t .m2ts .m2v .m4v .mjpeg .mjpg .mkv .mod .mov .mp4 .mpe "
    ".mpeg .mpg .mpv .mts .mxf .nut .obu .ogm .ogv .qt .rm .rmvb .tod .ts .vob .webm .wmv .wtv "
    ".y4m".split()
)
STILL_SUFFIXES = frozenset(
    ".avif .bmp .cin .cur .dds .dib .dpx .exr .fits .hdr .heic .heif .icns .ico .j2c .j2k .jfif "
    ".jp2 .jpe .jpeg .jpf .jpg .jpx .jxl .jxr .mpo .pam .pbm .pcx .pfm .pgm .phm .png .pnm .ppm "
    ".psd .qoi .ras .sgi .tga .tif .tiff .webp .xbm .xpm .xwd".split()
)
_OTHERS = frozenset(
    # sound
    ".aac .ac3 .aif .aifc .aiff .alac .amr .ape .bwf .caf .dts .flac .m4a .m4b .mid .midi .mka "
    ".mp2 .mp3 .oga .ogg .opus .rf64 .w64 .wav .weba .wma "
    # writing
    ".ass .csv .doc .docx .htm .html .ini .json .lnk .log .lrc .md .nfo .odt .pdf .rtf .srt .ssa "
    ".sub .toml .tsv .ttml .txt .url .vtt .webloc .xls .xlsx .xml .yaml .yml "
    # cuts, projects and looks
    ".3dl .aaf .aep .aepx .ale .als .blend .blend1 .cube .drp .drt .edl .fcpxml .flp .idolsync "
    ".kdenlive .look .mlt .osp .otio .otiod .otioz .prel .prproj .ptx .veg .xges "
    # what programs and cameras keep beside them; .lrv and .thm are a camera's own previews
    ".aae .bdm .bim .bup .cfa .cpf .cpi .db .ifo .ims .lrv .md5 .mhl .mpl .mpls .pek .pkf .sfv "
    ".sha1 .sha256 .thm .xmp "
    # packed, programs, fonts, models
    ".7z .bat .ckpt .gz .js .npy .npz .onnx .otf .ps1 .pt .pth .py .rar .safetensors .sh .tar .ttf "
    ".zip".split()
)
_UNREADABLE = {
    "a camera's raw picture; develop it to JPEG, PNG or TIFF": (
        ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .iiq .k25 .kdc .mef .mos .mrw .nef .nrw .orf "
        ".pef .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f"
    ),
    "a camera's raw video; transcode it, for example to ProRes": (
        ".ari .arx .braw .crm .mcraw .nev .r3d .rmf"
    ),
    "a drawing; export it as PNG": ".ai .cdr .emf .eps .svg .svgz .wmf",
    "a painting or animation program's document; export it as PNG or as a video": (
        ".afdesign .afphoto .ase .aseprite .clip .csp .fla .kra .mdp .ora .procreate .psb .sai "
        ".sai2 .swf .tvpp .xcf"
    ),
}
_WHY = {suffix: why for why, suffixes in _UNREADABLE.items() for suffix in suffixes.split()}
Kind = Literal["video", "still", "other", "unreadable"]


def kind_of(path: Path) -> Kind:
    """Return what a file claims to be; one without a suffix claims nothing."""
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return "video"
    if suffix in STILL_SUFFIXES:
        return "still"
    return "other" if not suffix or suffix in _OTHERS else "unreadable"


def why_unreadable(path: Path) -> str:
    """Return what an unreadable file is and what to do, said of it."""
    suffix = path.suffix.lower()
    known = _WHY.get(suffix)
    if known:
        return f"is {known}"
    return f"is of a kind ({suffix}) that is not read here; export it as PNG or as a video"
