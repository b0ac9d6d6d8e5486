"""Images: whether a name can be one, and what a kubelet says when it cannot pull an image.

Source of the rule: https://kubernetes.io/docs/concepts/containers/images/, github.com/distribution/reference
"""

from __future__ import annotations

import re

__all__ = ["familiar", "name_error", "pull_error"]

_DOMAIN = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\]"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<name>(?:(?:{_DOMAIN})(?::[0-9]+)?/)?{_PART}(?:/{_PART})*)"
    r"(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
_LONGEST = 255


def name_error(image: str) -> str:
    r"""Return the kubelet's words where a text cannot be the name of an image, "" where it can.

    >>> name_error("registry.example.com:5000/shop/web:1.6"), name_error("web:1.6@sha256:" + "0" * 64)
    ('', '')
    >>> name_error("shop/Web:1")
    'Failed to apply default image tag "shop/Web:1": couldn\'t parse image name "shop/Web:1": invalid reference format: repository name (shop/Web) must be lowercase'
    """
    if len(image) <= 2 * _LONGEST:
        found = _REFERENCE.fullmatch(image)
        if found is not None and len(found["name"]) <= _LONGEST:
            return ""
    why = "invalid reference format"
    repository = _repository(familiar(image))
    if repository != repository.lower() and _REFERENCE.fullmatch(image.lower()):
        why += f": repository name ({repository}) must be lowercase"
    return f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {why}'


def familiar(image: str) -> str:
    """Return an image's name with the folder `library/`, which stands for Docker Hub's own images.

    >>> familiar("web:1.6"), familiar("shop/web")
    ('library/web:1.6', 'shop/web')
    """
    return image if "/" in image else f"library/{image}"


def _repository(image: str) -> str:
    """Return the name without host, tag and digest."""
    name = image.partition("@")[0]
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        name = rest
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def pull_error(image: str) -> str:
    """Return the kubelet's words for an image that its registry does not have.

    >>> pull_error("web:1.6").endswith("docker.io/library/web:1.6: not found")
    True
    """
    first = image.partition("/")[0]
    hosted = "/" in image and ("." in first or ":" in first or first == "localhost")
    whole = image if hosted else f"docker.io/{familiar(image)}"
    if ":" not in whole.rpartition("/")[2]:
        whole += ":latest"
    return (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{whole}": '
        f'failed to resolve reference "{whole}": {whole}: not found'
    )
