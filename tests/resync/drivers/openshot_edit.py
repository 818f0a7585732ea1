"""Edit a cut with OpenShot's code: ``openshot_edit.py IN.(xml|edl) EDITS.json OUT.xml MEDIA RATE``.

Importer, project store, query layer and exporter are OpenShot's; only its window is missing. Run
it with the distribution's Python. An edit is ``{"do", "clip", ...}`` with times in seconds: trim
off ``head`` and ``tail``; slip ``by``; move ``to``; split ``at``; replace with ``path``; copy
``to``; hide; delete. RATE is 24 or, for 29.97, 30000/1001.
"""

from __future__ import annotations

import copy
import json
import os
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

GIVEN, EDITS, OUT, MEDIA = (str(Path(arg).absolute()) for arg in sys.argv[1:5])
RATE, SIZE = Fraction(sys.argv[5] if len(sys.argv) > 5 else 24), (640, 360)
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["HOME"] = tempfile.mkdtemp(prefix="openshot")  # nobody's settings
Path(os.environ["HOME"], ".openshot_qt").mkdir()
sys.path.insert(0, "/usr/lib/python3/dist-packages/openshot_qt")
sys.argv = ["openshot-qt"]

import openshot  # noqa: E402
from classes.app import OpenShotApp  # noqa: E402
from PyQt5.QtWidgets import QFileDialog, QMessageBox  # noqa: E402

app = OpenShotApp(["openshot-qt"], mode="unittest")


class NoWindow:
    """Stands in for the main window: whatever is asked of it, it is there and does nothing."""

    def __getattr__(self, name: str) -> NoWindow:
        return NoWindow()

    def __call__(self, *args: object, **kwargs: object) -> int:
        return 0


app.window = NoWindow()
QMessageBox.warning = staticmethod(lambda *said: print("OpenShot says:", said[1:], file=sys.stderr))
QFileDialog.getOpenFileName = staticmethod(lambda *_: (GIVEN, ""))
QFileDialog.getSaveFileName = staticmethod(lambda *_: (OUT, ""))
QFileDialog.getExistingDirectory = staticmethod(lambda *_: "")

from classes.exporters.final_cut_pro import export_xml  # noqa: E402
from classes.importers.edl import import_edl  # noqa: E402
from classes.importers.final_cut_pro import import_xml  # noqa: E402
from classes.query import Clip, File  # noqa: E402
from windows.views import find_file  # noqa: E402


def edit(one: dict) -> None:
    clip = next(c for c in Clip.filter() if c.data["title"] == one["clip"])
    data, do = clip.data, one["do"]
    if do == "delete":
        clip.delete()
        return
    if do == "trim":
        data["start"] += one.get("head", 0)
        data["position"] += one.get("head", 0)
        data["end"] -= one.get("tail", 0)
    elif do == "slip":
        data["start"] += one["by"]
        data["end"] += one["by"]
    elif do == "hide":
        data["alpha"]["Points"][0]["co"]["Y"] = 0.0
    elif do == "move":
        data["position"] = one["to"]
    elif do in ("split", "copy"):
        other = Clip()
        other.data = copy.deepcopy({k: v for k, v in data.items() if k != "id"})
        if do == "copy":
            other.data["position"] = one["to"]
        else:
            data["end"] = data["start"] + one["at"]
            other.data["start"] = data["end"]
            other.data["position"] += one["at"]
        other.save()
    elif do == "replace":
        reader = json.loads(openshot.Clip(one["path"]).Json())["reader"]
        file = File()
        file.data = {**reader, "media_type": "video"}
        file.save()
        data.update(reader=reader, file_id=file.id, title=Path(one["path"]).name)
    else:
        sys.exit(f"no such edit: {one}")
    clip.save()


for key, value in {
    "fps": {"num": RATE.numerator, "den": RATE.denominator}, "width": SIZE[0], "height": SIZE[1],
    "sample_rate": 48000, "channels": 2, "channel_layout": 3,
}.items():  # fmt: skip
    app.updates.update_untracked([key], value)
find_file.known_paths.append(MEDIA)
(import_edl if GIVEN.endswith(".edl") else import_xml)()
for one in json.loads(Path(EDITS).read_text()):
    edit(one)
export_xml()
sys.stdout.flush()
os._exit(0)  # Qt's threads would go on
