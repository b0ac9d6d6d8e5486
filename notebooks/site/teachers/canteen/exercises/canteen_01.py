"""Chapter canteen-01: what is right, and which belief a wrong answer shows."""

from pathlib import Path

import k8snotes as kn
from k8snotes.course.making import Choice, Deed, Number, Solution

MANIFESTS = Path(__file__).parents[1] / "canteen.yaml"

SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: menu
spec:
  selector: {selector}
  ports:
    - port: 80
      targetPort: {port}
"""


def canteen():
    """Return the canteen in a new cluster."""
    return kn.load(MANIFESTS)


def found(selector):
    """Return how many Pods of the canteen a selector finds."""
    return len(canteen().objects("pods", selector))


def after_the_change():
    """Return the letter of how many Pods there are when one printer Pod has lost its label."""
    c = canteen()
    sick = c.objects("pods", "part=printer")[0]
    c.label(sick.ref, "part-")
    c.settle()
    return {4: "a", 5: "b", 6: "c"}[len(c.objects("pods"))]


def seen(c):
    """Return the facts by which the manifest of the Service is judged."""
    pods = {endpoint.pod.name for endpoint in c.endpoints("svc/menu").ready}
    menu = {pod.name for pod in c.objects("pods", "part=menu")}
    trace = c.trace("http://menu", source="pod/tablet")
    return {"found": pods == menu, "answers": trace.outcome == "connected"}


SOLUTIONS = {
    "guess-1": Solution(Choice("abc"), after_the_change, {"label-deletes": "a", "label-is-a-note": "b"}),
    "1": Solution(Choice("abc"), "b", {"service-creates": "a", "kubelet-creates": "c"}),
    "2": Solution(
        Number(),
        lambda: found("app=canteen,part!=printer"),
        {"all-of-them": lambda: found("app=canteen"), "only-the-menu": lambda: found("part=menu")},
    ),
    "3": Solution(
        Deed(canteen, seen),
        SERVICE.format(selector="{app: canteen, part: menu}", port=8080),
        {
            "port-everywhere": SERVICE.format(selector="{app: canteen, part: menu}", port=80),
            "whole-application": SERVICE.format(selector="{app: canteen}", port=8080),
        },
    ),
}
