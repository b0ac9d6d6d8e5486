"""`kubectl describe clusterrolebinding`: the page of a RoleBinding."""

from k8snotes.kubectl.describe.rolebinding import describe

__all__ = ["describe"]
