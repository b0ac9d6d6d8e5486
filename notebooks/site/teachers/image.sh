#!/bin/sh
# Builds the image of a class from a copy of this repository, and sends it to your registry. It needs Docker.
# Run it in the folder of the repository: sh notebooks/site/teachers/image.sh
set -e

image="registry.example.com/school/k8snotes:0.1.0"

python -m pip install jupyter-repo2docker
jupyter-repo2docker \
  --no-run \
  --image-name "$image" \
  --user-id 1000 \
  --user-name jovyan \
  --target-repo-dir /srv/k8snotes \
  --appendix "RUN python -m pip install --no-cache-dir nbgitpuller==1.2.2" \
  .
docker push "$image"
