"""The report page: the marts as charts, in one file that needs no network."""
