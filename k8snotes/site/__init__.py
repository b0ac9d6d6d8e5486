"""The site: one folder with the course to read, to run in a browser, and to look up, which needs no server of its own."""
