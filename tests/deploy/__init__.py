"""What users run the tap with, installed and run: `make deploy`."""
