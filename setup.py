"""All packages below `tap_moco`, and the schemas, which lie beside it."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["tap_moco", "tap_moco.*"]), "tap_moco.schemas"])
