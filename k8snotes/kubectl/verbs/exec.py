"""`kubectl exec POD -- curl ...`: nothing runs in a container here, but what the network does is known."""

from __future__ import annotations

from k8snotes.kubectl.executing import FLAGS, exec_
from k8snotes.kubectl.verb import Verb

VERB = Verb(exec_, FLAGS, "kubectl exec web -- curl http://db:5432", takes="pods")
