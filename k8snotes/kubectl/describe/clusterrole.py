"""`kubectl describe clusterrole`: the page of a Role."""

from k8snotes.kubectl.describe.role import describe

__all__ = ["describe"]
