"""What the HorizontalPodAutoscaler's controller decides with: measured use, the arithmetic, windows and steps.

Source of the rule: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
"""
