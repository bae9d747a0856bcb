"""The document as a PDF, printed by Chromium, with page numbers in its contents.

Chromium knows no page numbers of what a page links to (CSS target-counter). So it prints twice: the first PDF says on
which page each target is, the second one shows it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

from playwright.async_api import BrowserContext

LIMIT = 60.0
"""Seconds that Chromium gets to print a document once."""
NUMBER = """pages => {
  for (const entry of document.querySelectorAll(".contents li")) {
    const page = pages[entry.querySelector("a")?.hash.slice(1)];
    if (page) entry.dataset.page = page;
  }
}"""


async def print_page(context: BrowserContext, html: Path) -> bytes:
    """Return a page of ours as a PDF, on the paper that its own style asks for."""
    tab = await context.new_page()
    await tab.goto(html.resolve().as_uri())
    async with asyncio.timeout(2 * LIMIT):
        first = await tab.pdf(prefer_css_page_size=True)
        await tab.evaluate(NUMBER, pages_of(first))
        return await tab.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def pages_of(pdf: bytes) -> dict[str, int]:
    """Return the page number, from 1, of each target in a PDF that Chromium made (ISO 32000-1, 7.7.3 and 12.3.2.3)."""
    objects = {
        int(number): body for number, body in re.findall(rb"^(\d+) 0 obj\n(<<.*?)^endobj", pdf, re.DOTALL | re.M)
    }
    catalog = next((body for body in objects.values() if b"/Type /Catalog" in body), b"")
    root, targets = (_refers(catalog, name) for name in (b"Pages", b"Dests"))
    numbers = {page: number for number, page in enumerate(_leaves(objects, root), 1)} if root else {}
    named = re.findall(rb"/(\S+) \[(\d+) 0 R /XYZ", objects.get(targets or 0, b""))
    return {name.decode(): numbers[int(page)] for name, page in named if int(page) in numbers}


def _refers(body: bytes, name: bytes) -> int | None:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    return int(found[1]) if found else None


def _leaves(objects: dict[int, bytes], node: int) -> Iterator[int]:
    """Yield the pages of a tree of pages, in their order."""
    kids = re.search(rb"/Kids \[([^]]*)\]", objects.get(node, b""))
    if kids is None:
        yield node
        return
    for kid in re.findall(rb"(\d+) 0 R", kids[1]):
        yield from _leaves(objects, int(kid))
