"""Images: whether a name can be one, and what a kubelet says when it cannot pull an image.

Source of the rule: https://kubernetes.io/docs/concepts/containers/images/, github.com/distribution/reference
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["name_error", "pull_error"]

_DOMAIN = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\]"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:(?:{_DOMAIN})(?::[0-9]+)?/)?(?P<path>{_PART}(?:/{_PART})*)"
    r"(?::[\w][\w.-]{0,127})?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_IDENTIFIER = re.compile("[a-f0-9]{64}")
_LONGEST = 255  # characters of a path
_MOST = 5_000  # characters that are looked at closely
_HUB = "docker.io"
_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}  # of a digest, by its algorithm


def name_error(image: str) -> str:
    r"""Return the kubelet's words where a text cannot be the name of an image, "" where it can.

    >>> name_error("registry.example.com:5000/shop/web:1.6"), name_error("web:1.6@sha256:" + "0" * 64)
    ('', '')
    >>> name_error("shop/Web:1")
    'Failed to apply default image tag "shop/Web:1": couldn\'t parse image name "shop/Web:1": invalid reference format: repository name (shop/Web) must be lowercase'

    Source of the rule: `ParseNormalizedNamed` of github.com/distribution/reference
    """
    why = _why_not(image)
    if not why:
        return ""
    return f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {why}'


@lru_cache(maxsize=1024)
def _why_not(image: str) -> str:
    """Return why a text is not the name of an image, "" if it is one."""
    if _IDENTIFIER.fullmatch(image):
        return f"invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"
    domain, rest = _split(image)
    repository = rest.partition(":")[0]
    if repository != repository.lower():
        return f"invalid reference format: repository name ({repository}) must be lowercase"
    found = _REFERENCE.fullmatch(f"{domain}/{rest}") if len(image) <= _MOST else None
    if found is None:
        if len(image) <= _MOST and _REFERENCE.fullmatch(f"{domain}/{rest}".lower()):
            return "repository name must be lowercase"
        return "invalid reference format"
    if len(found["path"]) > _LONGEST:
        return f"repository name must not be more than {_LONGEST} characters"
    return _digest_error(found["digest"]) if found["digest"] else ""


def _digest_error(digest: str) -> str:
    """Return what is wrong with a digest, "" for nothing (`Validate` of github.com/opencontainers/go-digest)."""
    algorithm, _colon, encoded = digest.partition(":")
    if algorithm not in _DIGITS:
        lower = re.fullmatch(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*", algorithm)
        return "unsupported digest algorithm" if lower else "invalid checksum digest format"
    if len(encoded) != _DIGITS[algorithm]:
        return "invalid checksum digest length"
    return "" if encoded == encoded.lower() else "invalid checksum digest format"


def _split(image: str) -> tuple[str, str]:
    """Return an image's registry and the rest of its name, with the folder `library/` of Docker Hub's own images."""
    first, slash, rest = image.partition("/")
    if not slash:
        return _HUB, f"library/{image}"
    if first == "index.docker.io":
        first = _HUB
    elif not ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        return _HUB, image
    return first, rest if first != _HUB or "/" in rest else f"library/{rest}"


def pull_error(image: str) -> str:
    """Return the kubelet's words for an image that its registry does not have.

    >>> pull_error("web:1.6").endswith("docker.io/library/web:1.6: not found")
    True
    """
    whole = "/".join(_split(image))
    if ":" not in whole.rpartition("/")[2]:
        whole += ":latest"
    return (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{whole}": '
        f'failed to resolve reference "{whole}": {whole}: not found'
    )
