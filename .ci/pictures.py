"""Draw README's pictures: the course's own application, as its chapters show it."""

from __future__ import annotations

import sys
from pathlib import Path

import k8snotes as kn

FOLDER = Path(__file__).resolve().parents[1] / "notebooks" / "pictures"


def main() -> int:
    """Write the pictures as SVG."""
    FOLDER.mkdir(exist_ok=True)
    cluster = kn.load("guestbook")
    cluster.service_map().save(FOLDER / "service-map.svg")
    cluster.three_ips().save(FOLDER / "three-ips.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
