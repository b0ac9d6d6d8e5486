"""The exercises: for each chapter a file of words (`02-pod.toml`) and the module that computes (`pod`)."""
