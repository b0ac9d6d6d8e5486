#!/bin/sh
# Installs JupyterHub with values.yaml, or changes it after values.yaml has changed. It needs kubectl and helm.
set -e

helm repo add jupyterhub https://hub.jupyter.org/helm-chart/
helm repo update
helm upgrade --install hub jupyterhub/jupyterhub \
  --version 4.3.3 \
  --namespace k8snotes \
  --create-namespace \
  --values values.yaml
