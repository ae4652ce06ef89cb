"""Engraved scores: MusicXML to SVG pages through Verovio, offline, with its own music font."""

from __future__ import annotations

import re
from typing import Final

import verovio

from aurl_core.errors import InputError

_SEED: Final = 1
_VIEW_BOX: Final = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_PAGE_WIDTH, _PAGE_HEIGHT = 2100, 2970
"""Tenths of a millimetre: A4."""
_OPTIONS: Final = {
    "pageWidth": _PAGE_WIDTH,
    "pageHeight": _PAGE_HEIGHT,
    "scale": 40,
    "adjustPageHeight": True,
    "svgViewBox": True,
    "svgFormatRaw": True,
    "svgRemoveXlink": True,
    "removeIds": True,
    "footer": "none",
    "xmlIdSeed": _SEED,
}


def engrave(musicxml: str) -> list[str]:
    """The pages of a MusicXML document as SVG; the same document gives the same bytes.

    Raises InputError if Verovio cannot read it.
    """
    toolkit = verovio.toolkit()
    verovio.enableLog(verovio.LOG_OFF)
    toolkit.setOptions(_OPTIONS)
    toolkit.resetXmlIdSeed(_SEED)
    if not toolkit.loadData(musicxml):
        raise InputError(f"Verovio cannot read this as MusicXML: {musicxml[:80]!r}…; give it a score-partwise document")
    return [toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1)]


def stack_pages(pages: list[str]) -> str:
    """All pages as one SVG picture, one below the other."""
    sizes = [_VIEW_BOX.search(page) for page in pages]
    assert all(sizes), "Verovio writes a viewBox because the options ask for it"
    widths, heights = zip(*((float(size[1]), float(size[2])) for size in sizes if size), strict=True)
    tops = [sum(heights[:index]) for index in range(len(heights))]
    placed = (
        page[page.index("<svg") :].replace("<svg ", f'<svg y="{top:g}" width="{width:g}" height="{height:g}" ', 1)
        for page, top, width, height in zip(pages, tops, widths, heights, strict=True)
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(widths):g} {sum(heights):g}">'
    return "\n".join([head, *placed, "</svg>\n"])
