"""The real Meltano, with this project's `meltano.yml`."""
