"""Draw README's pictures: the course's own application, and for each chapter what it is about, small."""

from __future__ import annotations

import sys

from badges import ROOT

sys.path.insert(0, str(ROOT))  # the package of this checkout, whatever is installed
import k8snotes as kn
from k8snotes.course.chapters import chapter, chapters

FOLDER = ROOT / "notebooks" / "pictures"


def main() -> int:
    """Write the pictures as SVG."""
    FOLDER.mkdir(exist_ok=True)
    cluster = kn.load("guestbook")
    cluster.service_map().save(FOLDER / "service-map.svg")
    cluster.three_ips().save(FOLDER / "three-ips.svg")
    for name in chapters():
        chapter(name).module.picture().save(FOLDER / f"chapter-{name[:2]}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
