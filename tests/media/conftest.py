"""Media that nothing here can write."""

from __future__ import annotations

import base64
import zlib

import pytest


@pytest.fixture(scope="session")
def tiles() -> bytes:
    """An AVIF of four tiles, 512x256: red, green; blue, yellow."""
    return zlib.decompress(
        base64.b85decode(
            "c-muNU{FXasVqn=%S>Yc0uY^>nP!-"
            "qnV9D5Xz0km!1ypXwIq=N0yHvGa*CjAhJwuG5(XrYlbHlFhOZ#ABo{2m2*hETIr+&Tjtc_=D_8`GnK*$o2Llt7Ck"
            "Uhs7?`0vpuG(G3@lJy0a%U|%3A>DF)&QX%*+E@29}Wma#ER~Hl`P4ra0&4<b$0GlVJqel~`tAh((4Orwj{D8CEnI"
            "h0LPVG-yzWq-"
            "5r%gLN|j&1M0+aAsyf5y&U;nFY!DAT^oA1*s6_&_G~d5Gcs3$OJK%IXF0glyGu>PElTRP6be!mw~MTRU23fNQ@`3"
            "%+R?}0W4^gS&$2hE?{6YGcqwVFtM;OwK6j>Lnsyq#R{Pq7|!RWBmyInk&y{#q7VZYr-khP{~H?GnmvpZ1t&1JNhC"
            "6CX?_)E%O$pS!(oXzH9QghyK~k}%+-pw3_F9WUIDKDUGPQaE5{sHb6$P7;iquun-"
            "|J$EYH^!;xhi_jeR%Oottln9?dvnsJv`~z@`<YN51M5;8Gv`E#-pMULTd&iUtK)a&zY9|Mc9y$w9CI0MY54y8"
        )
    )
